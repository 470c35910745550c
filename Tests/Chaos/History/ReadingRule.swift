import Contracts

/// What the HTTP API says at the end about applications and responses is what happened.
struct ReadingRule {
    private let history: History
    private var violations: [Violation] = []

    static func violations(_ evidence: Evidence) -> [Violation] {
        guard !evidence.history.readings.isEmpty else { return [] }
        var rule = ReadingRule(history: evidence.history)
        for (id, application) in ReplayedApplication.all(evidence).sorted(by: { $0.key < $1.key }) {
            rule.check(id, application)
        }
        return rule.violations
    }

    private init(history: History) { self.history = history }

    private mutating func check(_ id: ID, _ application: ReplayedApplication) {
        func compare<Value: Equatable>(_ name: String, _ said: Value, _ happened: Value, volunteer: ID? = nil) {
            guard said != happened else { return }
            violations.append(
                Violation(
                    .wrongAnswer, application: id, volunteer: volunteer,
                    "GET says \(name) \(said), but it is \(happened)"))
        }
        guard let reading = history.readings[id] else {
            if application.content != nil {
                violations.append(Violation(.wrongAnswer, application: id, "GET does not find it"))
            }
            return
        }
        if application.isCancelled { return compare("status", reading.status, "cancelled") }
        guard application.isOpen(in: history) else { return }
        compare("status", reading.status, "open")
        compare("available_spots", reading.capacity, application.content?.capacity ?? 0)
        compare("confirmed", reading.confirmed, application.confirmed.count)
        compare("waiting", reading.waiting, application.waiting.count)
        compare("free_spots", reading.freeSpots, application.free - application.reserved)
        var expected: [ID: ApplicationReading.Response] = [:]
        for volunteer in application.confirmed { expected[volunteer] = .init(state: "confirmed") }
        for (index, volunteer) in application.waiting.enumerated() {
            expected[volunteer] = .init(state: "waiting", position: index + 1)
        }
        for volunteer in Set(expected.keys).union(reading.responses.keys).sorted() {
            let said = reading.responses[volunteer]
            let happened = expected[volunteer]
            compare("state", said?.state ?? "none", happened?.state ?? "declined", volunteer: volunteer)
            compare("position", said?.position ?? 0, happened?.position ?? 0, volunteer: volunteer)
        }
    }
}
