import Contracts
import Pages

/// A response with the call that it is about, of a list over all calls.
struct OwnResponse: Decodable, Sendable {
    let call: ID
    let response: CallResponse

    init(from decoder: any Decoder) throws {
        call = try decoder.container(keyedBy: JSONKey.self).id(.applicationID)
        response = try CallResponse(from: decoder)
    }
}
