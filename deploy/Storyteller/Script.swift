import Contracts
import Foundation

/// The customer's story: the messages that are sent, beat by beat, and the messages that must follow.
struct Script: Sendable {
    let cast = Cast()
    /// A new id for each run, since the broker and the services may remember earlier runs.
    let application = ID.trusted(String(Int.random(in: 100_000_000...999_999_999)))
    let create: CreateVolunteerApplication

    /// - Parameter now: the application starts a week later.
    init(now: Timestamp) {
        create = CreateVolunteerApplication(
            fundID: cast.fund.id, applicationID: application, availableSpots: 2,
            description: "Помощь в уборке территории парка", name: "Помощь в уборке территории",
            date: CivilClock.civil(now, in: Clock.zone).0.adding(days: 7),
            startTime: CivilTime(hour: 14, minute: 0, second: 0)!, endTime: CivilTime(hour: 18, minute: 0, second: 0)!,
            timeZone: Clock.zoneName)
    }

    /// From the call for volunteers to the waiting list after the release.
    var beats: [Beat] {
        [
            Beat(
                chapter: Chapter(title: "Фонд ищет волонтёров", gloss: "a fund is looking for volunteers"),
                says: .create(create), expects: [.opened]),
            confirmed(cast.anna, Chapter(title: "Есть места", gloss: "there are free spots: first come, first served")),
            confirmed(cast.boris),
            waits(
                cast.vera, at: 1,
                Chapter(title: "Мест нет", gloss: "all spots are taken: the next volunteers wait in order")),
            waits(cast.gleb, at: 2),
            waits(cast.darya, at: 3),
            Beat(
                chapter: Chapter(
                    title: "Борис отказался", gloss: "Boris declines: everyone on the waiting list gets an offer"),
                says: response(cast.boris, .declined),
                expects: [
                    .reserved(1, release: 1), .offered(to: [cast.vera, cast.gleb, cast.darya], spots: 1, release: 1),
                ] + [cast.vera, cast.gleb, cast.darya].flatMap { told($0, .available, naming: times) },
                together: Self.haveOneEnd),
            Beat(
                chapter: Chapter(title: "Глеб успел первым", gloss: "Gleb is the first to accept; the others are told"),
                says: response(cast.gleb, .accepted),
                expects: [.left(cast.gleb, .accepted), .reserved(0, release: 1)]
                    + told(cast.gleb, .confirmed, naming: times)
                    + [cast.vera, cast.darya].flatMap { told($0, .notChosen) }),
            // This also proves that no other message was sent before: it would arrive here, unexpected.
            waits(
                cast.egor, at: 3, Chapter(title: "Очередь остаётся", gloss: "the others keep their places")),
        ]
    }

    /// The last chapters: everyone concerned is notified of the move, and confirmed volunteers are reminded.
    func beats(of move: Move) -> [Beat] {
        let confirmed = [cast.anna, cast.gleb]
        let waiting = [cast.vera, cast.darya, cast.egor]
        let update = UpdateVolunteerApplication(
            applicationID: application, date: move.date, startTime: move.start, endTime: move.end)
        let times = [Clock.short(move.start), Clock.short(move.end)]
        return [
            Beat(
                chapter: Chapter(
                    title: "Фонд переносит день", gloss: "the fund moves the date: everyone concerned is notified"),
                says: .update(update),
                expects: [.moved] + (confirmed + waiting).map { reads($0, .changed, naming: times) },
                together: { Self.arrived(before: move.due, $0) }),
            // Борис, who declined, gets no reminder either.
            Beat(
                chapter: Chapter(
                    title: "За день до начала",
                    gloss: "a day before the start confirmed volunteers are reminded, and only they"),
                due: move.due,
                expects: confirmed.map {
                    reads($0, .reminder, naming: [Clock.short(move.start)], notBefore: move.due)
                },
                silence: .seconds(1)),
        ]
    }

    // MARK: - Beats

    private func confirmed(_ person: Cast.Person, _ chapter: Chapter? = nil) -> Beat {
        Beat(
            chapter: chapter, says: response(person, .accepted), expects: told(person, .confirmed, naming: times))
    }

    private func waits(_ person: Cast.Person, at position: Int, _ chapter: Chapter? = nil) -> Beat {
        Beat(
            chapter: chapter, says: response(person, .accepted),
            expects: [.joins(person), .listed(person, at: position)]
                + told(person, .waiting, at: position, naming: times))
    }

    private func response(_ person: Cast.Person, _ status: ResponseStatus) -> Message {
        .response(VolunteerResponse(volunteerID: person.id, applicationID: application, status: status))
    }

    /// The spot status record and the notification that follows from it.
    private func told(
        _ person: Cast.Person, _ status: SpotStatus, at position: Int? = nil, naming times: [String] = []
    ) -> [Expectation] {
        [.told(person, status, at: position), reads(person, status.kind, naming: times)]
    }

    private func reads(
        _ person: Cast.Person, _ kind: NotificationKind, naming times: [String], notBefore: Timestamp? = nil
    ) -> Expectation {
        .reads(person, kind, naming: [create.name] + times, notBefore: notBefore)
    }

    private var times: [String] { [Clock.short(create.startTime), Clock.short(create.endTime)] }

    // MARK: - Conditions on several messages

    /// The end of an offer is in the message to ApplicationService, in each volunteer's record and in the text of each
    /// notification. They must agree, and be in the future.
    @Sendable private static func haveOneEnd(_ messages: [ObservedMessage]) -> String? {
        var ends: Set<Timestamp> = []
        var words: [String] = []
        for observed in messages {
            switch observed.message {
            case .notifyFreeSpot(let message):
                if let end = message.expiresAt { ends.insert(end.timestamp(in: Clock.zone)) }
            case .spotStatus(let record):
                guard let end = record.expiresAt?.timestamp(in: Clock.zone) else {
                    return "an offer without expires_at"
                }
                guard end > record.timestamp.timestamp(in: Clock.zone) else {
                    return "an offer that has already ended when it is announced"
                }
                ends.insert(end)
            case .notification(let notification): words.append(notification.message)
            default: break
            }
        }
        guard let end = ends.first, ends.count == 1 else {
            return "the offers of one round end at different times: \(ends.sorted())"
        }
        let until = Clock.short(end)
        return words.first { !$0.contains(until) }.map {
            "an offer whose text lacks its end, \(until): «\($0)»"
        }
    }

    /// A volunteer who is notified of a new start after the reminder's time gets no reminder.
    private static func arrived(before due: Timestamp, _ messages: [ObservedMessage]) -> String? {
        let isLate = messages.contains { observed in
            guard case .notification(let notification) = observed.message else { return false }
            return notification.timestamp.timestamp(in: Clock.zone) >= due
        }
        return isLate ? "notified only at or after \(Clock.seconds(due)), when the reminder was due" : nil
    }
}

extension Script {
    /// A heading, in Russian and in English.
    struct Chapter: Sendable, Hashable {
        let title: String
        let gloss: String
    }

    /// One message that is sent, and the messages that must follow before the next beat.
    struct Beat: Sendable {
        var chapter: Chapter?
        /// The message to send; nil to wait until `due`.
        var says: Message?
        var due: Timestamp?
        var expects: [Expectation]
        /// A condition on all messages of the beat: returns nil, or what is wrong.
        var together: @Sendable ([ObservedMessage]) -> String? = { _ in nil }
        /// How long after the beat no other message may arrive.
        var silence = Duration.zero
    }
}
