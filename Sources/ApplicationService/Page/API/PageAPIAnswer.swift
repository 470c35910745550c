import Foundation
import HTTPTypes
import Web

/// What the API has answered to the page.
struct PageAPIAnswer: Sendable {
    let headers: HTTPFields
    let body: [UInt8]

    /// - Throws: a `Problem` if the answer is not what this version of the page reads.
    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body))
        } catch {
            // The error itself may quote what the body says.
            throw Problem(.internal, "The API's answer cannot be read.")
        }
    }
}

extension Problem {
    /// The problem that a document describes.
    /// - Parameter status: says what kind of problem it is if the document does not, or says it in a newer way.
    init(_ answer: PageAPIAnswer, status: HTTPResponse.Status) {
        let document = try? JSONDecoder().decode(Document.self, from: Data(answer.body))
        let code = document?.code.flatMap { Code(rawValue: $0) }
        let items = (document?.errors ?? []).compactMap { item in
            Item.Code(rawValue: item.code).map { Item(pointer: item.pointer, code: $0, detail: item.detail) }
        }
        var headers: HTTPFields = [:]
        headers[.retryAfter] = answer.headers[.retryAfter]
        self.init(
            code ?? Code.allCases.first { $0.status == status } ?? .internal,
            document?.detail ?? "The request failed.", errors: items, headers: headers)
    }

    private struct Document: Decodable {
        var code: String?
        var detail: String?
        var errors: [Item]?

        struct Item: Decodable {
            var pointer: String
            var code: String
            var detail: String
        }
    }
}
