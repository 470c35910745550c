import Contracts
import Foundation

/// Every user hears of each thing that happened to them, once, in the order in which it happened (contract section 6).
/// What is to be heard follows from what ApplicationService said to NotifierService, of which all that concerns one
/// user and one application is on one stream. Reminders have a rule of their own.
struct TellingRule {
    /// What a user must hear next.
    private enum Word: Hashable {
        case of(NotificationKind)
        /// Of changes: one word may stand for several, and who leaves or is cancelled first need not hear of them.
        case changes(atMost: Int, isOwed: Bool)
    }

    private struct Reader: Hashable {
        let application: ID
        let user: ID
    }

    private struct Application {
        var particulars: Particulars
        var isCancelled = false
        var concerned: Set<ID> = []
    }

    private let evidence: Evidence
    /// As the stream in hand has told of them so far.
    private var applications: [ID: Application] = [:]
    private var words: [Reader: [Word]] = [:]
    private var letters: [Reader: [NotificationKind]] = [:]
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = TellingRule(evidence)
        for lane in evidence.lanes(.toNotifier) {
            rule.applications = [:]
            for sighting in lane.sightings {
                if let message = sighting.message { rule.hear(message) }
            }
        }
        rule.read()
        rule.judgeSources()
        for reader in Set(rule.words.keys).union(rule.letters.keys) { rule.judge(reader) }
        return rule.objections.sorted { $0.description < $1.description }
    }

    private init(_ evidence: Evidence) { self.evidence = evidence }

    // MARK: - What is to be heard

    private mutating func hear(_ message: Message) {
        guard let id = message.applicationID else { return }
        switch message {
        case .create(let create):
            applications[id] = Application(particulars: Particulars(create))
        case .update(let update): change(id, update)
        case .cancel: applications[id]?.isCancelled = true
        case .response(let response):
            let reader = Reader(application: id, user: response.volunteerID)
            applications[id]?.concerned.remove(response.volunteerID)
            forgive(reader)
        case .spotStatus(let record): tell(record)
        default: break
        }
    }

    private mutating func change(_ id: ID, _ update: UpdateVolunteerApplication) {
        guard var application = applications[id], !application.isCancelled else { return }
        let new = application.particulars.updated(by: update)
        let isNews = application.particulars.concernsPeople(new)
        application.particulars = new
        applications[id] = application
        guard isNews else { return }
        for user in application.concerned {
            let reader = Reader(application: id, user: user)
            var heard = words[reader] ?? []
            var count = 1
            if case .changes(let before, _) = heard.last {
                count += before
                heard.removeLast()
            }
            words[reader] = heard + [.changes(atMost: count, isOwed: true)]
        }
    }

    /// Who leaves, or hears that it is over, need not hear of a change before it.
    private mutating func forgive(_ reader: Reader) {
        guard let heard = words[reader], case .changes(let count, _) = heard.last else { return }
        words[reader] = heard.dropLast() + [.changes(atMost: count, isOwed: false)]
    }

    private mutating func tell(_ record: SpotStatusRecord) {
        let id = record.applicationID
        let reader = Reader(application: id, user: record.userID)
        if applications[id]?.isCancelled == true {
            let isOver = record.status == .refused && record.reason == "application_cancelled"
            guard record.status == .cancelled || isOver else { return }
            forgive(reader)
        }
        switch record.status {
        case .confirmed, .waiting, .available, .notChosen: applications[id]?.concerned.insert(record.userID)
        case .cancelled: applications[id]?.concerned.remove(record.userID)
        case .refused: break
        }
        words[reader, default: []].append(.of(record.status.kind))
    }

    // MARK: - What was heard

    private mutating func read() {
        for sighting in evidence.sightings(.toWorld) {
            guard case .notification(let letter) = sighting.message, let kind = letter.kind,
                let id = letter.applicationID
            else {
                objections.append(Objection(.causeless, "is no notification of ours: \(sighting.line)"))
                continue
            }
            letters[Reader(application: id, user: letter.userID), default: []].append(kind)
        }
    }

    private mutating func judge(_ reader: Reader) {
        let heard = (letters[reader] ?? []).filter { $0 != .reminder }
        let words = words[reader] ?? []
        if Self.matches(heard[...], words[...]) { return }
        let owed = words.flatMap { word -> [NotificationKind] in
            switch word {
            case .of(let kind): [kind]
            case .changes(_, let isOwed): isOwed ? [.changed] : []
            }
        }
        func count(_ kind: NotificationKind, in kinds: [NotificationKind]) -> Int { kinds.count { $0 == kind } }
        let changes = words.reduce(0) { if case .changes(let count, _) = $1 { $0 + count } else { $0 } }
        var name = Objection.Name.toldOutOfOrder
        var text = "heard of things in another order than they happened"
        for kind in NotificationKind.allCases {
            let most = kind == .changed ? changes : count(kind, in: owed)
            if count(kind, in: heard) < count(kind, in: owed) {
                (name, text) = (.untold, "did not hear of each \(kind.rawValue)")
            } else if count(kind, in: heard) > most {
                (name, text) = (.toldTwice, "heard too often of \(kind.rawValue)")
            }
        }
        objections.append(Objection(name, application: reader.application, volunteer: reader.user, text))
    }

    private static func matches(_ heard: ArraySlice<NotificationKind>, _ words: ArraySlice<Word>) -> Bool {
        var heard = heard
        for word in words {
            switch word {
            case .of(let kind):
                guard heard.popFirst() == kind else { return false }
            case .changes(let most, let isOwed):
                var count = 0
                while count < most, heard.first == .changed {
                    heard.removeFirst()
                    count += 1
                }
                if isOwed, count == 0 { return false }
            }
        }
        return heard.isEmpty
    }

    // MARK: - Where it comes from

    /// Offers come from WaitlistService's rounds, each once; who lost one had one; a place is told as it was given.
    private mutating func judgeSources() {
        var rounds: [String: Set<ID>] = [:]
        var places: [String: WaitingListRecord] = [:]
        for sighting in evidence.sightings(.toApplication) {
            switch sighting.message {
            case .notifyFreeSpot(let round):
                rounds[sighting.trace ?? "", default: []].formUnion(round.waitingVolunteers)
            case .waitingListRecord(let record): places[sighting.trace ?? ""] = record
            default: break
            }
        }
        var holds: Set<Reader> = []
        var told: Set<[String]> = []
        for sighting in evidence.sightings(.toNotifier) {
            guard let record = sighting.message?.spotStatus else { continue }
            let trace = sighting.trace ?? ""
            let reader = Reader(application: record.applicationID, user: record.userID)
            func object(_ name: Objection.Name, _ text: String) {
                objections.append(Objection(name, application: reader.application, volunteer: reader.user, text))
            }
            let key = [trace, record.userID.string, record.status.rawValue, record.expiresAt?.description ?? ""]
            if !told.insert(key).inserted { object(.toldTwice, "the same cause told it twice: \(sighting.line)") }
            switch record.status {
            case .available:
                if rounds[trace]?.contains(record.userID) != true {
                    object(.causeless, "no round named \(sighting.line)")
                }
                holds.insert(reader)
            case .notChosen:
                if holds.remove(reader) == nil { object(.toldTwice, "lost what was not offered: \(sighting.line)") }
            case .waiting:
                if places[trace]?.position != record.position || places[trace]?.userID != record.userID {
                    object(.causeless, "no such place was given: \(sighting.line)")
                }
            case .confirmed, .cancelled, .refused: break
            }
        }
    }
}

extension SpotStatus {
    /// How a user hears of it.
    var kind: NotificationKind {
        switch self {
        case .available: .spotAvailable
        case .notChosen: .notChosen
        case .confirmed: .confirmed
        case .waiting: .waiting
        case .cancelled: .cancelled
        case .refused: .refused
        }
    }
}
