import Contracts
import Synchronization

/// Sees what becomes of the commands that are sent as messages: copies of what the services send each other and the
/// volunteers.
final class FairObserver: Sendable {
    /// The volunteers of these commands are called `probe.` and something without a dot, so that a binding selects
    /// their notifications.
    static let prefix = "probe."

    enum Event: Int, CaseIterable {
        /// ApplicationService has decided, and has sent the volunteer on to the waiting list.
        case decided
        /// WaitlistService has the volunteer on its list.
        case listed
        /// The volunteer is told.
        case notified
    }

    private final class Times: Sendable {
        let byVolunteer = Mutex([[String: Int]](repeating: [:], count: Event.allCases.count))
    }

    private let times: Times
    private let observer: MessageObserver

    init(url: String) throws {
        let times = Times()
        self.times = times
        observer = try MessageObserver(
            url: url, queue: "bench.fair",
            bindings: [
                (Exchange.waiting, "volunteer_waiting.waitlist.p00"),
                (Exchange.waiting, "waiting_list_record.application.p00"),
                (Exchange.notifications, Self.prefix + "*"),
            ]
        ) { messages, now in
            times.byVolunteer.withLock { times in
                for message in messages {
                    guard let (event, volunteer) = Self.read(message) else { continue }
                    times[event.rawValue][volunteer.string] = now
                }
            }
        }
    }

    private static func read(_ message: Message) -> (Event, ID)? {
        switch message {
        case .waiting(let waiting): (.decided, waiting.volunteerID)
        case .waitingListRecord(let record): (.listed, record.userID)
        case .notification(let notification): (.notified, notification.userID)
        default: nil
        }
    }

    /// When each volunteer's command came so far.
    func times(of event: Event) -> [String: Int] { times.byVolunteer.withLock { $0[event.rawValue] } }

    func count(of event: Event) -> Int { times.byVolunteer.withLock { $0[event.rawValue].count } }

    func stop() { try? observer.stop() }
}
