import ChaosHistory
import Foundation
import NIOHTTP1

/// A response with what the checker needs of it.
struct HTTPResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: Data

    func decoded<Value: Decodable>(as type: Value.Type) -> Value? { try? JSONDecoder().decode(type, from: body) }

    /// Nil if the answer asks to try again.
    var definite: HTTPExchange.Answer? {
        struct Problem: Decodable { let code: String }
        guard status < 500, ![408, 429].contains(status) else { return nil }
        let location = headers.first(name: "location")
        return HTTPExchange.Answer(
            status: status, operation: location.flatMap { $0.split(separator: "/").last.map(String.init) },
            isReplay: headers.contains(name: "idempotent-replayed"), code: decoded(as: Problem.self)?.code)
    }
}
