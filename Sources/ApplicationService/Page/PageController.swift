import Hummingbird
import Web

/// The pages of volunteers and funds, from what the API answers, and their forms, as commands of the API.
struct PageController: Sendable {
    let api: HTTPAPI
    let renderer: PageRenderer

    // MARK: - Volunteers

    func openCalls(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func call(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func respond(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func mine(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func messages(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func markMessagesRead(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    // MARK: - Funds

    func fundCalls(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func newCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func publishCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func fundCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func changeCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func people(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func peopleCSV(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func person(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func removePerson(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func told(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func cancellation(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func cancelCall(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    // MARK: - Both

    func settings(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }

    func changeSettings(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        throw Problem.notFound
    }
}
