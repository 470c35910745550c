import Hummingbird
import Web

/// The OpenAPI and AsyncAPI documents as JSON.
struct DocumentsController: Sendable {
    let openAPI: [UInt8]
    let asyncAPI: [UInt8]

    @Sendable func getOpenAPI(_ request: Request, _ context: BasicRequestContext) -> Response {
        document(openAPI)
    }

    @Sendable func getAsyncAPI(_ request: Request, _ context: BasicRequestContext) -> Response {
        document(asyncAPI)
    }

    private func document(_ json: [UInt8]) -> Response {
        .json(json, headers: [.cacheControl: "public, max-age=300"])
    }
}
