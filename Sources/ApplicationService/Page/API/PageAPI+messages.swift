import Contracts
import HTTPTypes
import Pages

/// What volunteers were told, and their preferences: what NotifierService knows.
extension PageAPI {
    func inbox(
        of volunteer: ID, unreadOnly: Bool, limit: Int, cursor: String? = nil
    ) async throws -> PageAPIList<InboxMessage> {
        try await get(
            URLPath.with(
                APIPath.inbox(volunteer),
                ["unread": unreadOnly ? "true" : nil, "limit": String(limit), "cursor": cursor]))
    }

    /// How many messages a volunteer has not read; nil if NotifierService does not say so at once. No page waits for
    /// the number in its navigation.
    func unread(of volunteer: ID) async -> Int? {
        await withTaskGroup(of: Int?.self) { group in
            group.addTask { try? await inbox(of: volunteer, unreadOnly: true, limit: 1).unread }
            group.addTask {
                try? await Task.sleep(for: Self.unreadLimit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private static let unreadLimit: Duration = .milliseconds(300)

    /// Marks one message as read, or all up to one.
    func markRead(_ mark: ReadMark, of volunteer: ID) async throws {
        _ = try await send(.post, APIPath.markRead(volunteer), mark.body)
    }

    /// What was told about an application, the newest first.
    func told(about id: ID, limit: Int, cursor: String?) async throws -> PageAPIList<ToldMessage> {
        try await get(URLPath.with(APIPath.told(id), ["limit": String(limit), "cursor": cursor]))
    }
}
