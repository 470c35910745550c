import Contracts

/// A history indexed for the rules: each message once, streams in the order of `seq`, effects by the trace of their
/// cause.
///
/// With several partitions an application's list is in one stream, but the messages to its volunteers are in several:
/// only the commands order what happens in different streams.
struct Evidence {
    /// A producing and a consuming service; each pair of their partitions has a stream.
    struct Route: Hashable {
        let producer: ServiceName
        /// `nil` for the outside.
        let consumer: ServiceName?

        static let toWaitlist = Route(producer: .application, consumer: .waitlist)
        static let toApplication = Route(producer: .waitlist, consumer: .application)
        static let toNotifier = Route(producer: .application, consumer: .notifier)
        static let toWorld = Route(producer: .notifier, consumer: nil)
        /// Commands forwarded to the process that owns their application.
        static let forwarded = Route(producer: .application, consumer: .application)
    }

    /// The messages from one partition to another, or to the outside, in the order of their epochs and numbers.
    struct Stream {
        let name: String
        let producer: Address
        let consumer: Address?
        var messages: [ObservedMessage] = []
    }

    let history: History
    private let routes: [Route: [Stream]]
    /// The messages of ApplicationService by the trace of their cause, without introductions.
    private let effects: [String: [(stream: StreamName, message: Message)]]
    /// The ids of the messages by which a notifier partition gets to know an application, whatever the cause of the
    /// message is that needs it (contract section 3).
    let introductions: Set<String>

    init(_ history: History) {
        self.history = history
        routes = Self.routes(of: history)
        introductions = Set((routes[.toNotifier] ?? []).flatMap { Self.introductions($0.messages) })
        var effects: [String: [(stream: StreamName, message: Message)]] = [:]
        for stream in [Route.toWaitlist, .toNotifier].flatMap({ [routes] in routes[$0] ?? [] }) {
            guard let consumer = stream.consumer else { continue }
            let name = StreamName(producer: stream.producer, consumer: consumer)
            for observed in stream.messages where !introductions.contains(observed.messageID) {
                guard let trace = observed.trace, let message = observed.message else { continue }
                effects[trace, default: []].append((name, message))
            }
        }
        self.effects = effects
    }

    /// Creates, and the cancellation of an application that was cancelled before.
    private static func introductions(_ messages: [ObservedMessage]) -> [String] {
        messages.indices.filter { index in
            switch messages[index].message {
            case .create: return true
            case .cancel(let cancel):
                guard index > 0, case .create(let create) = messages[index - 1].message,
                    messages[index - 1].trace == messages[index].trace
                else { return false }
                return create.applicationID == cancel.applicationID
            default: return false
            }
        }.map { messages[$0].messageID }
    }

    private static func routes(of history: History) -> [Route: [Stream]] {
        var seen: Set<String> = []
        var streams: [String: [(epoch: Int64, number: Int64, observed: ObservedMessage)]] = [:]
        for (index, observed) in history.messages.enumerated() where observed.producer != nil {
            guard seen.insert(observed.messageID).inserted, let position = observed.position else { continue }
            var place = (position.epoch, position.number)
            if observed.stream == nil {
                // Messages to the outside have a time instead of an epoch, and a lost file repeats their numbers.
                place = (0, history.losses.isEmpty ? position.number : Int64(index))
            }
            streams[String(position.stream), default: []].append((place.0, place.1, observed))
        }
        var routes: [Route: [Stream]] = [:]
        for (name, numbered) in streams.sorted(by: { $0.key < $1.key }) {
            let ends = name.split(separator: ">").map { Address(parsing: String($0)) }
            guard ends.count == 2, let producer = ends[0] else { continue }
            let messages = numbered.sorted { ($0.epoch, $0.number) < ($1.epoch, $1.number) }.map(\.observed)
            routes[Route(producer: producer.service, consumer: ends[1]?.service), default: []]
                .append(Stream(name: name, producer: producer, consumer: ends[1], messages: messages))
        }
        return routes
    }

    /// By message id, how many messages were observed before its first publication.
    var firstIndices: [String: Int] {
        Dictionary(history.messages.enumerated().map { ($1.messageID, $0) }) { first, _ in first }
    }

    var allStreams: [Stream] { routes.values.flatMap(\.self).sorted { $0.name < $1.name } }

    func streams(_ route: Route) -> [Stream] { routes[route] ?? [] }

    /// The messages of all streams, one stream after the other. All messages about one application, or one user, are on
    /// one stream.
    func messages(_ route: Route) -> [ObservedMessage] { streams(route).flatMap(\.messages) }

    /// The messages to WaitlistService that this command caused.
    func toWaitlist(becauseOf command: Command) -> [Message] {
        (effects[command.trace] ?? []).compactMap { $0.stream.consumer.service == .waitlist ? $0.message : nil }
    }

    /// The messages to NotifierService that this command caused.
    func toNotifier(becauseOf command: Command) -> [Message] {
        (effects[command.trace] ?? []).compactMap { $0.stream.consumer.service == .notifier ? $0.message : nil }
    }

    /// How many messages with this action the command caused to each of NotifierService's partitions. Which of them
    /// have to get one is checked by ``IntroductionRule``.
    func broadcasts(_ action: Action, becauseOf command: Command) -> [Int] {
        var counts = Array(repeating: 0, count: max(1, history.conditions.partitions))
        for (stream, message) in effects[command.trace] ?? []
        where stream.consumer.service == .notifier && message.action == action {
            let number = stream.consumer.partition.number
            if counts.indices.contains(number) { counts[number] += 1 }
        }
        return counts
    }
}

extension Message {
    var spotStatus: SpotStatusRecord? { if case .spotStatus(let record) = self { record } else { nil } }

    /// Whether it is a record with this status for this volunteer.
    func tells(_ volunteer: ID, _ status: SpotStatus) -> Bool {
        spotStatus.map { $0.userID == volunteer && $0.status == status } ?? false
    }
}
