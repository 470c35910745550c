import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Reads applications, responses and operations over HTTP when everything has ended.
struct HTTPReader {
    let stage: ChaosStage

    private struct Application: Decodable {
        let status: String
        let spots: Int
        let free: Int
        let confirmed: Int
        let waiting: Int

        private enum CodingKeys: String, CodingKey {
            case status
            case spots = "available_spots"
            case free = "free_spots"
            case confirmed
            case waiting
        }
    }

    private struct Responses: Decodable {
        struct Item: Decodable {
            let volunteer: String
            let state: String
            let position: Int?

            private enum CodingKeys: String, CodingKey {
                case volunteer = "volunteer_id"
                case state
                case position
            }
        }

        let items: [Item]
        let next: String?
    }

    private struct Operation: Decodable {
        struct Result: Decodable {
            let outcome: String?
            let position: Int?
        }
        struct Problem: Decodable { let code: String }

        let status: String
        let result: Result?
        let error: Problem?
    }

    /// Reads again while the server asks to: the checker reads faster than one caller may.
    private func read(_ path: String, of application: ID) async -> HTTPResponse? {
        var response: HTTPResponse?
        try? await eventually(within: .seconds(60), "GET \(path) is answered", poll: .milliseconds(100)) {
            response = await stage.send(.get(path, of: application))
            return response?.definite != nil
        }
        return response
    }

    /// - Returns: nil if the application is not found.
    func application(_ id: ID) async -> ApplicationReading? {
        let path = "/v1/applications/\(id)"
        guard let found = await read(path, of: id)?.decoded(as: Application.self) else { return nil }
        var reading = ApplicationReading(
            status: found.status, capacity: found.spots, freeSpots: found.free, confirmed: found.confirmed,
            waiting: found.waiting, responses: [:])
        var next: String? = path + "/responses?limit=100"
        while let page = next {
            guard let responses = await read(page, of: id)?.decoded(as: Responses.self) else { return nil }
            for item in responses.items {
                reading.responses[.trusted(item.volunteer)] = .init(state: item.state, position: item.position)
            }
            next = responses.next
        }
        return reading
    }

    /// Adds the operation of an accepted command, polled to its end.
    func addOperation(to exchange: inout HTTPExchange) async {
        guard exchange.isAcceptedCommand, let id = exchange.answer?.operation,
            let application = exchange.command.message?.applicationID
        else { return }
        let response = await read("/v1/operations/\(id)", of: application)
        guard let found = response?.decoded(as: Operation.self) else { return }
        exchange.operation = HTTPExchange.Operation(
            status: found.status, outcome: found.result?.outcome, position: found.result?.position,
            code: found.error?.code)
    }
}
