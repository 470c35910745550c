import ApplicationDomain
import Contracts
import Foundation
import Testing

/// The counters of an application, named as in the contract. `sent` is n, which counts the create.
struct Counters: Hashable, Sendable {
    var capacity: Int
    var confirmed = 0
    var waiting = 0
    var reserved = 0
    var release = 0
    var sent = 1

    init(
        capacity: Int, confirmed: Int = 0, waiting: Int = 0, reserved: Int = 0, release: Int = 0, sent: Int = 1
    ) {
        self.capacity = capacity
        self.confirmed = confirmed
        self.waiting = waiting
        self.reserved = reserved
        self.release = release
        self.sent = sent
    }

    init(_ application: VolunteerApplication) {
        self.init(
            capacity: application.capacity, confirmed: application.confirmed, waiting: application.waiting,
            reserved: application.reserved, release: application.release, sent: application.sent)
    }
}

/// A time in seconds. Applications start at 1000 unless a test says otherwise.
func at(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: Int64(seconds) * 1000)
}

/// The volunteer whom each decision concerns.
let volunteer = ID.trusted("5")

func application(
    _ counters: Counters, status: VolunteerApplication.Status = .open, startsAt: Int = 1000
) -> VolunteerApplication {
    VolunteerApplication(
        id: .trusted("7"), fundID: .trusted("1"), details: details(startsAt: startsAt), capacity: counters.capacity,
        status: status, startsAt: at(startsAt), confirmed: counters.confirmed, waiting: counters.waiting,
        reserved: counters.reserved, release: counters.release, sent: counters.sent, creationDigest: "digest")
}

func details(startsAt: Int) -> ApplicationDetails {
    let (date, time) = CivilClock.civil(at(startsAt), in: .gmt)
    return ApplicationDetails(
        name: "Trees", description: "",
        schedule: ApplicationSchedule(date: date, startTime: time, endTime: time, timeZone: "UTC"))
}

/// An update that moves the start.
func moveStart(to seconds: Int) -> UpdateVolunteerApplication {
    let (date, time) = CivilClock.civil(at(seconds), in: .gmt)
    return UpdateVolunteerApplication(applicationID: .trusted("7"), date: date, startTime: time)
}

/// An update of the capacity.
func setCapacity(_ count: Int) -> UpdateVolunteerApplication {
    UpdateVolunteerApplication(applicationID: .trusted("7"), availableSpots: count)
}

extension Member {
    static func waiting(offerInRelease release: Int? = nil, expiresAt: Int = 0, notChosenIn: Int = 0) -> Member {
        Member(
            volunteer: ApplicationDomainTests.volunteer, standing: .waiting, since: at(0),
            offer: release.map { Offer(release: $0, expiresAt: at(expiresAt)) }, notChosenIn: notChosenIn)
    }

    static let confirmed = Member(volunteer: ApplicationDomainTests.volunteer, standing: .confirmed, since: at(0))
    static let declined = Member(volunteer: ApplicationDomainTests.volunteer, standing: .declined, since: at(0))
}

/// A `notify_free_spot` from WaitlistService.
func freeSpots(
    _ volunteers: [String] = ["5"], release: Int? = 1, expiresAt: Int? = nil, seen: Int? = nil, more: Bool? = nil
) -> NotifyFreeSpot {
    NotifyFreeSpot(
        applicationID: .trusted("7"), availableSpots: 1, waitingVolunteers: volunteers.map { .trusted($0) },
        release: release, expiresAt: expiresAt.map { .instant(at($0)) }, seen: seen, more: more)
}

extension SpotAllocation {
    /// The messages so far, each as `destination: summary`. The destination is `waitlist`, `notifiers` (that know it),
    /// or a volunteer, whose notifier partition gets the message.
    var sentMessages: [String] {
        messages.map { addressed in
            let summary = Self.summary(of: addressed.message)
            return switch addressed.destination {
            case .waitlist: "waitlist: \(summary)"
            case .notifiers: "notifiers: \(summary)"
            case .notifier(let volunteer): "volunteer \(volunteer.string): \(summary)"
            }
        }
    }

    private static func summary(of message: Message) -> String {
        switch message {
        case .create: "create"
        case .update: "update"
        case .cancel: "cancel"
        case .response(let response): "\(response.volunteerID.string) \(response.status)"
        case .waiting(let waiting): "\(waiting.volunteerID.string) waiting"
        case .notifyFreeSpot(let reservation):
            "\(reservation.availableSpots) reserved in release \(reservation.release ?? -1)"
        case .spotStatus(let record):
            record.status.rawValue + (record.expiresAt.map { " until \(seconds($0))" } ?? "")
                + (record.position.map { " at \($0)" } ?? "") + (record.reason.map { " because \($0)" } ?? "")
                + (record.comment.map { ": \($0)" } ?? "")
        default: "\(message)"
        }
    }

    private static func seconds(_ time: WireTime) -> Int64 {
        time.timestamp(in: .gmt).milliseconds / 1000
    }
}
