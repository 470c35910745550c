import Contracts
import Foundation

/// The customer's story: what the world says, beat by beat, and what must be seen of it.
struct Script: Sendable {
    let cast = Cast()
    /// Another one each time: the broker and the services may remember earlier stories.
    let application = ID.trusted(String(Int.random(in: 100_000_000...999_999_999)))
    let create: CreateVolunteerApplication

    /// - Parameter now: the application is a week later.
    init(now: Timestamp) {
        create = CreateVolunteerApplication(
            fundID: cast.fund.id, applicationID: application, availableSpots: 2,
            description: "Помощь в уборке территории парка", name: "Помощь в уборке территории",
            date: CivilClock.civil(now, in: Clock.zone).0.adding(days: 7),
            startTime: CivilTime(hour: 14, minute: 0, second: 0)!, endTime: CivilTime(hour: 18, minute: 0, second: 0)!,
            timeZone: Clock.zoneName)
    }

    /// From the call for volunteers until the waiting list goes on.
    var beats: [Beat] {
        [
            Beat(
                chapter: Chapter(title: "Фонд ищет волонтёров", gloss: "a fund calls for volunteers"),
                says: .create(create), expects: [.opened]),
            confirmed(cast.anna, Chapter(title: "Есть места", gloss: "there are spots: first come, first served")),
            confirmed(cast.boris),
            waits(cast.vera, at: 1, Chapter(title: "Мест нет", gloss: "it is full: the next ones wait in order")),
            waits(cast.gleb, at: 2),
            waits(cast.darya, at: 3),
            Beat(
                chapter: Chapter(title: "Борис отказался", gloss: "one drops out: all who wait are offered the spot"),
                says: response(cast.boris, .declined),
                expects: [
                    .reserved(1, release: 1), .offered(to: [cast.vera, cast.gleb, cast.darya], spots: 1, release: 1),
                ] + [cast.vera, cast.gleb, cast.darya].flatMap { told($0, .available, naming: times) },
                together: Self.haveOneEnd),
            Beat(
                chapter: Chapter(title: "Глеб успел первым", gloss: "the first to accept gets it, the others hear so"),
                says: response(cast.gleb, .accepted),
                expects: [.left(cast.gleb, .accepted), .reserved(0, release: 1)]
                    + told(cast.gleb, .confirmed, naming: times)
                    + [cast.vera, cast.darya].flatMap { told($0, .notChosen) }),
            // Also the proof that nothing more was told before: it would be seen here, and is not expected.
            waits(
                cast.egor, at: 3, Chapter(title: "Очередь остаётся", gloss: "those not chosen have kept their places")),
        ]
    }

    /// The last chapters: whom it concerns hears of the move, and who has a spot is reminded.
    func beats(of move: Move) -> [Beat] {
        let confirmed = [cast.anna, cast.gleb]
        let waiting = [cast.vera, cast.darya, cast.egor]
        let update = UpdateVolunteerApplication(
            applicationID: application, date: move.date, startTime: move.start, endTime: move.end)
        let times = [Clock.short(move.start), Clock.short(move.end)]
        return [
            Beat(
                chapter: Chapter(title: "Фонд переносит день", gloss: "all whom it concerns hear of the new day"),
                says: .update(update),
                expects: [.moved] + (confirmed + waiting).map { reads($0, .changed, naming: times) },
                together: { Self.wereTold(before: move.due, $0) }),
            // Not Борис either, who had a spot once.
            Beat(
                chapter: Chapter(
                    title: "За день до начала", gloss: "those who have a spot are reminded, and only they"),
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

    /// The record, and the words it becomes.
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

    // MARK: - What holds between messages

    /// What ends an offer is said to ApplicationService and twice to each volunteer, as a record and in words: the
    /// same, and to come.
    @Sendable private static func haveOneEnd(_ sightings: [Sighting]) -> String? {
        var ends: Set<Timestamp> = []
        var words: [String] = []
        for sighting in sightings {
            switch sighting.message {
            case .notifyFreeSpot(let message):
                if let end = message.expiresAt { ends.insert(end.timestamp(in: Clock.zone)) }
            case .spotStatus(let record):
                guard let end = record.expiresAt?.timestamp(in: Clock.zone) else {
                    return "an offer without expires_at"
                }
                guard end > record.timestamp.timestamp(in: Clock.zone) else {
                    return "an offer that is over when it is told"
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
            "an offer that does not say that it ends at \(until): «\($0)»"
        }
    }

    /// Who hears of a new start when its reminder's time has passed already is not reminded as well.
    private static func wereTold(before due: Timestamp, _ sightings: [Sighting]) -> String? {
        let isLate = sightings.contains { sighting in
            guard case .notification(let notification) = sighting.message else { return false }
            return notification.timestamp.timestamp(in: Clock.zone) >= due
        }
        return isLate ? "told only at or after \(Clock.seconds(due)), when the reminder should have been sent" : nil
    }
}

extension Script {
    /// A heading, in Russian and in English.
    struct Chapter: Sendable, Hashable {
        let title: String
        let gloss: String
    }

    /// One thing said, and all that must be seen because of it, before the next is said.
    struct Beat: Sendable {
        var chapter: Chapter?
        /// Nil: nobody says anything, time passes until `due`.
        var says: Message?
        var due: Timestamp?
        var expects: [Expectation]
        /// What must hold between the messages of the beat: nil, or what is wrong.
        var together: @Sendable ([Sighting]) -> String? = { _ in nil }
        /// For so long nothing more may come.
        var silence = Duration.zero
    }
}
