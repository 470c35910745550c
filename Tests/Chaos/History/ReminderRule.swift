import Contracts
import Foundation

/// Everybody confirmed is reminded once for each of `REMINDERS` and each start, when it is due and the start has not
/// come, and nobody who has left or whose application is cancelled (contract section 6).
///
/// A letter bears the trace of what it tells. So of each stream it is known how much NotifierService had read at
/// least when it wrote a reminder, which itself has no cause but the clock.
struct ReminderRule {
    private struct Reader: Hashable {
        let application: ID
        let user: ID
    }

    /// What a letter has in common with what it tells.
    private struct Cause: Hashable {
        let trace: String
        let application: ID
        let kind: NotificationKind
        /// Nil: it is for many.
        let user: ID?
    }

    /// One start, reminded of so long before.
    private struct Due: Hashable {
        let start: Timestamp
        let lead: ISODuration
    }

    /// What one partition of ApplicationService has said, read as far as letters show that it was.
    private struct Source {
        let steps: [Message]
        private(set) var read = 0
        private(set) var applications: [ID: Particulars] = [:]
        private(set) var cancelled: Set<ID> = []
        /// When each was confirmed who has not left since.
        private(set) var confirmed: [Reader: Timestamp] = [:]

        init(_ steps: [Message]) { self.steps = steps }

        mutating func read(to end: Int) {
            while read < min(end, steps.count) {
                hear(steps[read])
                read += 1
            }
        }

        private mutating func hear(_ message: Message) {
            switch message {
            case .create(let create): applications[create.applicationID] = Particulars(create)
            case .update(let update):
                applications[update.applicationID] = applications[update.applicationID]?.updated(by: update)
            case .cancel(let cancel): cancelled.insert(cancel.applicationID)
            case .response(let response):
                confirmed[Reader(application: response.applicationID, user: response.volunteerID)] = nil
            case .spotStatus(let record):
                let reader = Reader(application: record.applicationID, user: record.userID)
                if record.status == .confirmed { confirmed[reader] = record.timestamp.timestamp(in: .gmt) }
                if record.status == .cancelled { confirmed[reader] = nil }
            default: return
            }
        }

        /// The start as it was read, and whatever it becomes in what may have been read too.
        func starts(of id: ID) -> [Timestamp] {
            guard var particulars = applications[id] else { return [] }
            var starts = [particulars.startsAt]
            for case .update(let update) in steps[read...] where update.applicationID == id {
                particulars = particulars.updated(by: update)
                starts.append(particulars.startsAt)
            }
            return starts
        }
    }

    private let leads: [ISODuration]
    private let partitions: Int
    private var sources: [Partition: Source] = [:]
    private var places: [Cause: (source: Partition, place: Int)] = [:]
    private var reminders: [Reader: [Timestamp]] = [:]
    private var done: [Reader: Set<Due>] = [:]
    /// When each last heard of a spot or of a change.
    private var newsAt: [Reader: Timestamp] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var objections: [Objection] = []
        var missing: [Objection] = []
        for letters in evidence.lanes(.toWorld) {
            var rule = ReminderRule(evidence, partition: letters.producer.partition)
            for sighting in letters.sightings { rule.read(sighting) }
            objections += rule.objections
            missing += rule.unreminded(at: evidence.history.endedAt)
        }
        // Whoever was down or asleep over the start has missed them, and counts them.
        let missed = evidence.history.endings[.notifier]?.counters["missed"] ?? 0
        return objections + (missing.count > missed ? missing : [])
    }

    private init(_ evidence: Evidence, partition: Partition) {
        leads = evidence.history.leads.sorted { $0.time > $1.time }
        partitions = evidence.history.conditions.partitions
        for lane in evidence.lanes(.toNotifier) where lane.consumer?.partition == partition {
            let source = lane.producer.partition
            sources[source] = Source(lane.sightings.compactMap(\.message))
            for (place, sighting) in lane.sightings.filter({ $0.message != nil }).enumerated() {
                if let cause = Self.cause(of: sighting) { places[cause] = (source, place) }
            }
        }
    }

    private static func cause(of sighting: Sighting) -> Cause? {
        switch (sighting.message, sighting.trace) {
        case (.spotStatus(let record), let trace?):
            Cause(trace: trace, application: record.applicationID, kind: record.status.kind, user: record.userID)
        case (.update(let update), let trace?):
            Cause(trace: trace, application: update.applicationID, kind: .changed, user: nil)
        default: nil
        }
    }

    private mutating func read(_ sighting: Sighting) {
        guard case .notification(let letter) = sighting.message, let kind = letter.kind, let id = letter.applicationID
        else { return }
        let reader = Reader(application: id, user: letter.userID)
        let time = letter.timestamp.timestamp(in: .gmt)
        if kind == .reminder { return remind(reader, at: time) }
        if kind == .confirmed || kind == .changed { newsAt[reader] = max(newsAt[reader] ?? time, time) }
        let user = kind == .changed ? nil : letter.userID
        let cause = Cause(trace: sighting.trace ?? "", application: id, kind: kind, user: user)
        if let (source, place) = places[cause] { sources[source]?.read(to: place + 1) }
    }

    private mutating func remind(_ reader: Reader, at time: Timestamp) {
        func object(_ name: Objection.Name, _ text: String) {
            let text = "is reminded at \(time) " + text
            objections.append(Objection(name, application: reader.application, volunteer: reader.user, text))
        }
        reminders[reader, default: []].append(time)
        guard let source = sources[Partition.of(reader.application, count: partitions)],
            source.confirmed[reader] != nil
        else { return object(.causeless, "and is not confirmed") }
        guard !source.cancelled.contains(reader.application) else { return object(.causeless, "of what is cancelled") }
        let dues = source.starts(of: reader.application).flatMap { start in
            leads.filter { $0.before(start, in: .gmt) <= time && time < start }.map { Due(start: start, lead: $0) }
        }
        if dues.isEmpty { return object(.causeless, "when none is due") }
        guard let due = dues.first(where: { done[reader]?.contains($0) != true }) else {
            return object(.toldTwice, "once more for the same start")
        }
        done[reader, default: []].insert(due)
    }

    /// Those that were due after all that moves them, before a start that has come.
    private mutating func unreminded(at end: Timestamp) -> [Objection] {
        var missing: [Objection] = []
        for partition in sources.keys { sources[partition]?.read(to: .max) }
        for source in sources.values {
            for (reader, time) in source.confirmed {
                guard let start = source.applications[reader.application]?.startsAt, start < end,
                    !source.cancelled.contains(reader.application)
                else { continue }
                let since = max(time, newsAt[reader] ?? time).advanced(by: .seconds(1))
                let owed = leads.filter { $0.before(start, in: .gmt) > since }
                guard let first = owed.first?.before(start, in: .gmt) else { continue }
                let sent = reminders[reader]?.count { first <= $0 && $0 < start } ?? 0
                guard sent < owed.count else { continue }
                let text =
                    "was reminded \(sent) times of \(start), \(owed.count) were due, and none is counted as missed"
                let objection = Objection(
                    .unreminded, application: reader.application, volunteer: reader.user, text)
                missing += Array(repeating: objection, count: owed.count - sent)
            }
        }
        return missing.sorted { $0.description < $1.description }
    }
}
