import Contracts
import HTTPTypes
import Hummingbird
import Ledger
import ServiceKit
import Web

extension HTTPAPI {
    /// Answers a request that another process has received for a partition of this one. The caller was authenticated
    /// there, and counted; what concerns the request itself and its memory is checked again.
    func answer(
        _ forwarded: ForwardedRequest, from partition: RequestedPartition
    ) async throws -> RequestReplyMessage {
        let file = partition.file
        guard let method = HTTPRequest.Method(forwarded.method), let role = Caller.Role(rawValue: forwarded.role) else {
            return .refused(RequestRejected(reason: "the method or the role is unknown"))
        }
        let request = Request(forwarded, method)
        switch forwarded.path {
        case StreamTicketsController.redemptionPath:
            return try await reply { try await tickets.answer(forwarded, from: partition) }
        case UsedEntries.usePath: return try await reply { try await entries.used.answer(forwarded, from: partition) }
        default: break
        }
        if request.uri.path == ChangesController.path {
            return try await answerChanges(request, in: file.address.partition)
        }
        guard let (route, parameters) = Route.find(method, request.uri.path), !route.isOpen,
            route.service == .application
        else {
            return .refused(RequestRejected(reason: "no route has this path"))
        }
        guard partitions.service(of: file.address.partition) != nil else {
            return .refused(RequestRejected(reason: "this process does not own the partition now"))
        }
        let caller = Caller(role: role, id: forwarded.caller)
        var context = APIRequestContext(caller, parameters: parameters, logger: logger)
        context.assignedID = forwarded.assignedID
        context.part = forwarded.isPart ? file.address.partition : nil
        let response = try await ActiveRequest.run(request, of: caller) { [context] in
            try await answer(request, of: route, context) { request, context in
                if let digest = forwarded.bodyDigest { return try replay(request, context, digest, in: file) }
                return try await handle(request, of: route, context)
            }
        }
        return .forwardedResponse(try await ForwardedResponse(response))
    }

    private func answerChanges(_ request: Request, in partition: Partition) async throws -> RequestReplyMessage {
        guard partitions.service(of: partition) != nil else {
            return .refused(RequestRejected(reason: "this process does not own the partition now"))
        }
        return .forwardedResponse(try await changes.answer(request, in: partition))
    }

    /// The answer to a request of another process that is no client's.
    private func reply(_ answer: () async throws -> ForwardedResponse) async throws -> RequestReplyMessage {
        do {
            return .forwardedResponse(try await answer())
        } catch let problem as Problem {
            return .forwardedResponse(try await ForwardedResponse(problem.response()))
        }
    }

    /// The stored answer to an earlier command with the request's key; 204 if there is none.
    private func replay(
        _ request: Request, _ context: APIRequestContext, _ bodyDigest: String, in file: LedgerFile
    ) throws -> Response {
        guard let key = try IdempotencyKey(in: request.headers), let digest = Hexadecimal.bytes(bodyDigest) else {
            throw Problem(.malformed, "There is no Idempotency-Key, or its digest is malformed.")
        }
        let replayed = try ReplayFinder.replay(CommandKey(key, context.caller, request, digest), in: [file])
        return replayed?.response(from: request, context: context) ?? Response(status: .noContent)
    }
}

extension Request {
    fileprivate init(_ forwarded: ForwardedRequest, _ method: HTTPRequest.Method) {
        var fields = HTTPFields(forwarded.headers)
        let body = forwarded.body ?? ""
        if !body.isEmpty { fields[.contentLength] = String(body.utf8.count) }
        self.init(
            head: HTTPRequest(method: method, scheme: nil, authority: nil, path: forwarded.path, headerFields: fields),
            body: RequestBody(buffer: ByteBuffer(string: body)))
    }
}
