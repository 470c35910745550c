import Hummingbird
import Web

/// The live stream of a visitor's changes.
struct LiveController: Sendable {
    func open(_ request: Request, caller: Caller) async throws -> Response { throw Problem.notFound }
}
