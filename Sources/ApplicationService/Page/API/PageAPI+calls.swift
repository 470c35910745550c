import Contracts
import HTTPTypes
import Pages
import Web

/// Calls and the responses to them.
extension PageAPI {
    func call(_ id: ID) async throws -> Call { try await get(APIPath.application(id)) }

    /// The call and the tag of its present representation, for `If-Match`.
    func versionedCall(_ id: ID) async throws -> (call: Call, tag: String?) {
        let answer = try await send(.get, APIPath.application(id))
        return (try answer.decoded(), answer.headers[.eTag])
    }

    /// Calls of a list, at least a few if there are any: the API's pages may be short or empty before the last.
    func calls(_ query: CallQuery) async throws -> (calls: [Call], cursor: String?) {
        let wanted = query.limit
        var query = query
        var calls: [Call] = []
        for _ in 0..<Self.maxPages {
            let page: PageAPIList<Call> = try await get(query.path)
            calls += page.items
            query.cursor = page.cursor
            if query.cursor == nil || calls.count >= wanted / 2 { break }
            query.limit = wanted - calls.count
        }
        return (calls, query.cursor)
    }

    /// A search that finds nothing in as many pages goes on when the visitor asks for the next one.
    private static let maxPages = 8

    /// The calls with these ids, as far as the visitor may see them and they can be read.
    func knownCalls(_ ids: Set<ID>) async -> [ID: Call] {
        let found = await inParallel(ids) { id in try? await getIfFound(APIPath.application(id), as: Call.self) }
        return found.compactMapValues(\.self)
    }

    // MARK: - Responses

    /// - Returns: nil if the volunteer has not responded.
    func response(of volunteer: ID, to id: ID) async throws -> CallResponse? {
        try await getIfFound(APIPath.response(of: volunteer, to: id))
    }

    /// A page of those who responded; those who wait in the order of the waiting list.
    func responses(
        to id: ID, state: CallResponse.State?, limit: Int, cursor: String?
    ) async throws -> PageAPIList<CallResponse> {
        try await get(
            URLPath.with(
                APIPath.responses(id),
                ["state": state?.rawValue, "order": "position", "limit": String(limit), "cursor": cursor]))
    }

    /// A page of what a volunteer has responded to.
    func ownResponses(of volunteer: ID, limit: Int, cursor: String? = nil) async throws -> PageAPIList<OwnResponse> {
        try await get(URLPath.with(APIPath.ownResponses(volunteer), ["limit": String(limit), "cursor": cursor]))
    }

    /// The states of a volunteer's responses to these calls.
    func ownStates(of volunteer: ID, in calls: [Call]) async throws -> [ID: CallResponse.State] {
        guard !calls.isEmpty else { return [:] }
        let list = try await ownResponses(of: volunteer, limit: Self.listLimit)
        var states = Dictionary(list.items.map { ($0.call, $0.response.state) }) { first, _ in first }
        guard list.next != nil else { return states }
        // The list of a volunteer with many responses begins with the oldest calls; the rest is asked for one by one.
        let rest = Set(calls.map(\.id)).subtracting(states.keys)
        let found = await inParallel(rest) { id in try? await response(of: volunteer, to: id) }
        for (id, response) in found { states[id] = response?.state }
        return states
    }

    /// The API's longest page.
    static let listLimit = 200

    // MARK: - Operations

    /// What became of a command that the visitor has sent; nil if nothing is known of it, or no more.
    func notice(ofOperation id: String?) async -> Notice? {
        guard let id, let operation: PageOperation = try? await get(APIPath.operation(id)) else { return nil }
        return operation.notice
    }

    /// The results for the ids, computed at the same time.
    private func inParallel<Result: Sendable>(
        _ ids: Set<ID>, _ result: @escaping @Sendable (ID) async -> Result
    ) async -> [ID: Result] {
        await withTaskGroup(of: (ID, Result).self) { group in
            for id in ids { group.addTask { (id, await result(id)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}
