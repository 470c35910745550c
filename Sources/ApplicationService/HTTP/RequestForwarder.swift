import Contracts
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Web

/// Passes requests on to the processes that own the partitions of one service, and returns the owners' answers
/// (contract section 8).
struct RequestForwarder: Sendable {
    let client: PartitionClient
    let waiters: OperationWaiters
    var statistics = ForwardingStatistics()

    /// How long a question may take that only finds out whether an Idempotency-Key was used before.
    private static let replayLimit: Duration = .seconds(2)
    /// How long an answer to a stream may take, besides the time of `Prefer: wait`. Heartbeats wait for it.
    private static let eventDelay: Duration = .seconds(2)
    /// The header fields that answers depend on. The caller's token stays in the process that has checked it.
    private static let forwardedNames: Set<HTTPField.Name> = [
        .idempotencyKey, .ifMatch, .ifNoneMatch, .prefer, .contentType, .traceparent, .requestID,
    ]

    /// The owner's answer to a request that concerns its partition alone.
    /// - Throws: `unavailable`; `outcome_unknown` if a command may have been carried out.
    func answer(
        _ request: Request, to route: Route, _ context: APIRequestContext, by partition: Partition
    ) async throws -> Response {
        var question = ForwardedRequest(request, route, context)
        question.headers = Self.fields(of: request)
        question.assignedID = route == .createApplication ? context.assignedID : nil
        if !context.body.isEmpty {
            guard let body = String(validating: context.body, as: UTF8.self) else {
                throw Problem(.malformed, "The body is not UTF-8.")
            }
            question.body = body
        }
        let wait = route.mayWait ? Preference.wait(in: request.headers, atMost: OperationsController.maxWait) ?? 0 : 0
        // The client's connection waits here, and the request there: it counts in both processes.
        let caller = context.caller.limitedName
        let isWaiting = wait > 0 && waiters.reserve(for: caller)
        defer { if isWaiting { waiters.release(for: caller) } }
        if isWaiting {
            let limit = PartitionClient.replyLimit + .seconds(wait)
            do {
                // A stop of this process does not wait for the end of an operation.
                return try await cancelWhenGracefulShutdown { [question] in
                    try await send(question, to: partition, within: limit, isCommand: route.isCommand)
                }.response
            } catch is CancellationError where !route.isCommand && !Task.isCancelled {
                // The poll is answered at once, with the operation as it is.
            }
        }
        if wait > 0 || !route.mayWait {
            question.headers.removeAll { $0.name == HTTPField.Name.prefer.rawName }
        }
        return try await send(
            question, to: partition, within: PartitionClient.replyLimit, isCommand: route.isCommand
        ).response
    }

    /// What a partition says within a time; nil if it cannot be asked.
    func ask(
        _ path: String, of partition: Partition, for caller: Caller, within limit: Duration
    ) async throws -> ForwardedResponse? {
        let question = ForwardedRequest(method: "GET", path: path, role: caller.role.rawValue, caller: caller.id)
        do {
            return try await send(question, to: partition, within: limit, isCommand: false)
        } catch let problem as Problem where problem.code == .unavailable {
            return nil
        }
    }

    /// The part of a list that is in a partition of another process.
    /// - Parameter path: of the list's page, with its query.
    /// - Throws: `unavailable`, or the owner's problem.
    func part(
        of path: String, _ route: Route, _ request: Request, _ context: APIRequestContext, in partition: Partition
    ) async throws -> ListPart {
        var question = ForwardedRequest(request, route, context)
        question.path = path
        question.isPart = true
        question.headers = Self.fields(of: request).filter { $0.name == HTTPField.Name.requestID.rawName }
        let answer = try await send(question, to: partition, within: PartitionClient.replyLimit, isCommand: false)
        guard answer.status == 200, let part = ListPart(parsing: answer.body ?? "") else {
            throw Problem.partitionNotServed
        }
        return part
    }

    /// The stored answer to an earlier command with this key in a partition of another process; nil if there is none.
    /// - Throws: `idempotency_mismatch` if that command had another body; `unavailable`.
    func replay(_ key: CommandKey, of caller: Caller, in partition: Partition) async throws -> AcceptedCommand? {
        let question = ForwardedRequest(
            method: key.method, path: key.path, role: caller.role.rawValue, caller: caller.id,
            headers: [ForwardedField(name: HTTPField.Name.idempotencyKey.rawName, value: key.structuredText)],
            bodyDigest: Hexadecimal.digits(of: key.body))
        let answer = try await send(question, to: partition, within: Self.replayLimit, isCommand: false)
        switch answer.status {
        case 202: return AcceptedCommand(replayed: answer)
        case 204: return nil
        case 422: throw Problem.idempotencyMismatch
        default: throw Problem.partitionNotServed
        }
    }

    /// What a stream sends after an event, from the process that knows it.
    /// - Parameters:
    ///   - path: of the stream.
    ///   - event: nil for the beginning of a stream.
    ///   - wait: how long the owner may wait for an event, in seconds.
    /// - Throws: `not_found`, `operation_expired`, `unavailable`.
    func events(
        of path: String, after event: Int64?, waiting wait: Int, _ caller: Caller, in partition: Partition
    ) async throws -> EventBatch {
        var question = ForwardedRequest(
            method: HTTPRequest.Method.get.rawValue, path: path, role: caller.role.rawValue, caller: caller.id)
        if let event {
            question.headers.append(ForwardedField(name: HTTPField.Name.lastEventID.rawName, value: "\(event)"))
        }
        if wait > 0 {
            question.headers.append(ForwardedField(name: HTTPField.Name.prefer.rawName, value: "wait=\(wait)"))
        }
        let limit = wait > 0 ? .seconds(wait) + Self.eventDelay : PartitionClient.replyLimit
        let answer = try await send(question, to: partition, within: limit, isCommand: false)
        switch answer.status {
        case 200:
            guard let batch = EventBatch(parsing: answer.body ?? "") else { throw Problem.partitionNotServed }
            return batch
        case 404: throw Problem.notFound
        case 410: throw Problem.operationExpired
        default: throw Problem.partitionNotServed
        }
    }

    /// Redeems a stream ticket that another process knows.
    /// - Throws: `unauthorized` if it is unknown, used or expired; `unavailable`.
    func redeem(_ ticket: StreamTicket) async throws -> Caller {
        let answer = try await post(
            Hexadecimal.digits(of: ticket.digest), to: StreamTicketsController.redemptionPath, in: ticket.partition)
        if answer.status == 401 { throw Problem.invalidTicket }
        guard answer.status == 200, let caller = Caller(name: answer.body ?? "") else {
            throw Problem.partitionNotServed
        }
        return caller
    }

    /// The answer to a question of this process itself.
    /// - Parameter path: no route's.
    /// - Throws: `unavailable`.
    func post(_ body: String, to path: String, in partition: Partition) async throws -> ForwardedResponse {
        let question = ForwardedRequest(
            method: HTTPRequest.Method.post.rawValue, path: path, role: Caller.Role.service.rawValue, caller: nil,
            body: body)
        return try await send(question, to: partition, within: PartitionClient.replyLimit, isCommand: false)
    }

    private func send(
        _ question: ForwardedRequest, to partition: Partition, within limit: Duration, isCommand: Bool
    ) async throws -> ForwardedResponse {
        do {
            let answer = try await client.answer(question, of: partition, within: limit)
            statistics.count(.answered)
            return answer
        } catch is CancellationError where isCommand {
            throw Problem.outcomeUnknown(retryAfter: .seconds(5))
        } catch let failure as PartitionClient.Failure {
            statistics.count(failure == .notServed ? .notServed : .noReply)
            switch failure {
            case .notServed: throw Problem.partitionNotServed
            case .noReply where isCommand: throw Problem.outcomeUnknown(retryAfter: .seconds(5))
            case .noReply:
                throw Problem.unavailable(
                    "The process that serves this partition does not answer.", retryAfter: .seconds(5))
            }
        }
    }

    private static func fields(of request: Request) -> [ForwardedField] {
        request.headers.filter { forwardedNames.contains($0.name) }
            .map { ForwardedField(name: $0.name.rawName, value: $0.value) }
    }
}

extension ForwardedRequest {
    fileprivate init(_ request: Request, _ route: Route, _ context: APIRequestContext) {
        let path = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
        self.init(
            method: route.method.rawValue, path: path, role: context.caller.role.rawValue, caller: context.caller.id)
    }
}
