import Contracts
import Ledger
import ServiceKit
import Web

/// How a volunteer wants to be notified (contract section 8). ApplicationService has checked that they are the
/// caller's.
struct PreferencesRoutes: Sendable {
    private static let path = "/v1/volunteers/{id}/preferences"

    var all: [NotifierRoute] {
        [NotifierRoute("GET", Self.path, get), NotifierRoute("PUT", Self.path, put)]
    }

    @Sendable private func get(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let user = try request.id()
        let preferences = try request.partition.file.pointRead { try PreferencesStore($0).preferences(of: user) }
        return .fresh(PreferencesJSON(preferences).encoded(), for: request)
    }

    @Sendable private func put(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let user = try request.id()
        let json = try PreferencesJSON(parsing: request.body)
        try await request.partition.writer.perform { transaction in
            try PreferencesStore(transaction).replace(json.preferences, of: user)
        }
        return .json(json.encoded())
    }
}
