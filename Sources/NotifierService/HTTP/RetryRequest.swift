import Contracts
import Foundation
import Web

/// The body `{"since": …}` by which a caller retries what failed since a time.
struct RetryRequest {
    let since: Timestamp

    private struct Body: Decodable {
        let since: String?
    }

    private enum Key: String {
        case retried, more
    }

    init(parsing body: String) throws(Problem) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(body.utf8)) else {
            throw Problem(.malformed, "The body must be an object with the text since.")
        }
        guard let text = body.since else { throw Problem(invalid: "since", .missingField, "is required") }
        guard let time = try? WireTime(parsing: text), case .instant(let since) = time else {
            throw Problem(invalid: "since", .badValue, "must be a date and time by RFC 3339 with its offset")
        }
        self.since = since
    }

    /// - Parameter hasMore: whether the request has to be sent again for the rest.
    static func answer(retried: Int, hasMore: Bool) -> [UInt8] {
        ObjectWriter<Key>.object { json in
            json.field(.retried, retried)
            if hasMore { json.field(.more, true) }
        }
    }
}
