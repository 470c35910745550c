import Contracts
import Foundation

/// The customer's story: what the world says, beat by beat, and what must be seen of it.
struct Script: Sendable {
    /// A heading, in Russian and in English.
    struct Chapter: Sendable, Hashable {
        let title: String
        let gloss: String
    }

    /// One thing said, and all that must be seen because of it, before the next is said.
    struct Beat: Sendable {
        var chapter: Chapter?
        var says: Message
        var expects: [Expectation]
        /// What must hold between the messages of the beat: nil, or what is wrong.
        var together: @Sendable ([Sighting]) -> String? = { _ in nil }
    }

    let cast = Cast()
    /// Another one each time: the broker and the services may remember earlier stories.
    let application = ID.trusted(String(Int.random(in: 100_000_000...999_999_999)))
    let create: CreateVolunteerApplication
    let beats: [Beat]

    /// - Parameter now: the application is a week later.
    init(now: Timestamp) {
        let cast = cast
        let application = application
        create = CreateVolunteerApplication(
            fundID: cast.fund.id, applicationID: application, availableSpots: 2,
            description: "Помощь в уборке территории парка", name: "Помощь в уборке территории",
            date: CivilClock.civil(now, in: .gmt).0.adding(days: 7),
            startTime: CivilTime(hour: 14, minute: 0, second: 0)!, endTime: CivilTime(hour: 18, minute: 0, second: 0)!)

        func response(_ person: Cast.Person, _ status: ResponseStatus) -> Message {
            .response(VolunteerResponse(volunteerID: person.id, applicationID: application, status: status))
        }
        func confirmed(_ person: Cast.Person, _ chapter: Chapter? = nil) -> Beat {
            Beat(chapter: chapter, says: response(person, .accepted), expects: [.told(person, .confirmed)])
        }
        func waits(_ person: Cast.Person, at position: Int, _ chapter: Chapter? = nil) -> Beat {
            Beat(
                chapter: chapter, says: response(person, .accepted),
                expects: [
                    .joins(person), .listed(person, at: position), .told(person, .waiting, at: position),
                ])
        }

        beats = [
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
                    .told(cast.vera, .available), .told(cast.gleb, .available), .told(cast.darya, .available),
                ],
                together: Self.haveOneEnd),
            Beat(
                chapter: Chapter(title: "Глеб успел первым", gloss: "the first to accept gets it, the others hear so"),
                says: response(cast.gleb, .accepted),
                expects: [
                    .told(cast.gleb, .confirmed), .left(cast.gleb, .accepted), .reserved(0, release: 1),
                    .told(cast.vera, .notChosen), .told(cast.darya, .notChosen),
                ]),
            // Also the proof that nothing more was told before: it would be seen here, and is not expected.
            waits(
                cast.egor, at: 3, Chapter(title: "Очередь остаётся", gloss: "those not chosen have kept their places")),
        ]
    }

    /// What ends an offer is said twice, to ApplicationService and to each volunteer: the same, and to come.
    @Sendable private static func haveOneEnd(_ sightings: [Sighting]) -> String? {
        var ends: Set<Timestamp> = []
        for sighting in sightings {
            switch sighting.message {
            case .notifyFreeSpot(let message):
                if let end = message.expiresAt { ends.insert(end.timestamp(in: .gmt)) }
            case .spotStatus(let record):
                guard let end = record.expiresAt?.timestamp(in: .gmt) else { return "an offer without expires_at" }
                guard end > record.timestamp.timestamp(in: .gmt) else { return "an offer that is over when it is told" }
                ends.insert(end)
            default: break
            }
        }
        return ends.count == 1 ? nil : "the offers of one round end at different times: \(ends.sorted())"
    }
}
