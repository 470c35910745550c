import HTTPTypes
import Hummingbird
import ServiceKit
import Web

/// One line of the public door's table: a method, a path, and what answers there. The OpenAPI document names the same
/// paths and operations; a test compares the two.
struct Route: Sendable {
    /// What a caller must bring, and what they get.
    enum Kind: Sendable {
        /// Anybody may read it: the documents.
        case open
        case reading
        /// Has a body, and an Idempotency-Key if the client wants one.
        case command
    }

    let method: HTTPRequest.Method
    /// With its parameters in braces, as OpenAPI writes them.
    let path: String
    /// `operationId` in the document.
    let name: String
    let kind: Kind
    let answer: @Sendable (Door, Visit) async throws -> Response

    private init(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ kind: Kind,
        _ answer: @escaping @Sendable (Door, Visit) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.kind = kind
        self.answer = answer
    }

    static let all: [Route] = [
        Route(.post, "/v1/applications", "createApplication", .command) { try await $0.create($1) },
        Route(.get, "/v1/applications", "listApplications", .reading) { try await $0.listApplications($1) },
        Route(.get, "/v1/applications/{id}", "getApplication", .reading) { try await $0.getApplication($1) },
        Route(.patch, "/v1/applications/{id}", "updateApplication", .command) { try await $0.update($1) },
        Route(.delete, "/v1/applications/{id}", "deleteApplication", .command) { try await $0.cancel($1) },
        Route(.post, "/v1/applications/{id}/cancellation", "cancelApplication", .command) { try await $0.cancel($1) },
        Route(.post, "/v1/applications/{id}/responses", "respond", .command) { try await $0.respond($1) },
        Route(.get, "/v1/applications/{id}/responses", "listResponses", .reading) { try await $0.listResponses($1) },
        Route(.get, "/v1/applications/{id}/responses/{volunteer_id}", "getResponse", .reading) {
            try await $0.getResponse($1)
        },
        Route(.get, "/v1/operations/{id}", "getOperation", .reading) { try await $0.getOperation($1) },
        Route(.get, "/openapi.json", "getOpenAPI", .open) { door, _ in door.document(door.documents.openAPI) },
        Route(.get, "/asyncapi.json", "getAsyncAPI", .open) { door, _ in door.document(door.documents.asyncAPI) },
    ]

    /// What may be asked of a path, as `Allow` says it; HEAD is answered wherever GET is. Empty for a path that leads
    /// nowhere.
    /// - Parameter path: as the client wrote it.
    static func allowed(at path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        let methods = all.filter { $0.leads(to: parts) }.map(\.method)
        if methods.isEmpty { return HTTPServer.ownPaths.contains(path) ? [.get, .head] : [] }
        return methods.contains(.get) ? methods + [.head] : methods
    }

    private func leads(to parts: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == parts.count && zip(own, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
