import Broker
import Contracts
import Logging

/// Sends the requests of moves to other processes of the service, over a connection of its own while there are any.
struct MoveClient: Sendable {
    private let requester: Requester
    private let service: ServiceName
    private let process: String
    private let user: String

    /// How long to wait for the reply to a request, its repetitions included, and for the connection.
    static let timeout: Duration = .seconds(10)
    /// The same for a check of the whole database, which reads and syncs it.
    static let checkTimeout: Duration = .seconds(600)
    /// After this time a request is sent again: one to a process that has ended since is then returned.
    private static let attempt: Duration = .seconds(2)
    private static let pause: Duration = .milliseconds(20)

    /// Runs `body` with a connection, which may still be on its way.
    /// - Parameter process: this one.
    static func with<Value: Sendable>(
        _ endpoint: BrokerEndpoint, _ service: ServiceName, process: String, logger: Logger,
        _ body: @Sendable (MoveClient) async throws -> Value
    ) async throws -> Value {
        let requester = Requester(
            endpoint: endpoint, name: "\(service.rawValue) \(process) moves", replyLimit: 64 << 10,
            inFlightLimit: 64, logger: logger)
        let client = MoveClient(
            requester: requester, service: service, process: process, user: endpoint.user)
        async let running: Void = requester.run()
        do {
            let value = try await body(client)
            requester.stop()
            try await running
            return value
        } catch {
            requester.stop()
            try? await running
            throw error
        }
    }

    private init(requester: Requester, service: ServiceName, process: String, user: String) {
        self.requester = requester
        self.service = service
        self.process = process
        self.user = user
    }

    /// Sends a request until it is answered, and not with the answer that it is being worked on.
    /// - Throws: ``MoveFailure`` if the other process does not run, or does not answer in time.
    func send(
        _ step: MoveRequest.Step, of move: String, _ partition: Partition, to receiver: String,
        within timeout: Duration = MoveClient.timeout
    ) async throws -> MoveReply {
        let request = MoveRequest(move: move, partition: partition, process: process, step: step)
        let (properties, body) = request.message(user: user)
        let deadline = ContinuousClock.now + timeout
        while true {
            let reason: String
            do {
                let reply = try await requester.request(
                    body, to: service.processQueue(of: receiver), properties: properties,
                    timeout: max(min(deadline - .now, Self.attempt), .milliseconds(1)))
                guard let reply = MoveReply(reply) else { throw MoveFailure("\(receiver) has sent no reply of a move") }
                if reply.state != .working { return reply }
                reason = "\(receiver) works on it for too long"
            } catch let error as BrokerError {
                switch error.code {
                case .unreachable, .connectionLost, .overloaded: reason = "there is no connection to the broker"
                case .timeout: reason = "\(receiver) does not answer"
                case .unroutable: throw MoveFailure("no process of \(service.rawValue) is called \(receiver)")
                case .cancelled: throw MoveFailure("this process stops")
                default: throw MoveFailure("\(receiver) does not answer: \(error.code.rawValue)")
                }
            }
            guard ContinuousClock.now < deadline else { throw MoveFailure(reason) }
            try await Task.sleep(for: Self.pause)
        }
    }
}
