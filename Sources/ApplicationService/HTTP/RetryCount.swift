import Contracts

/// How many deliveries are tried again.
struct RetryCount: JSONRepresentable, Decodable, Hashable, Sendable {
    let retried: Int
    /// Whether the request has to be repeated for the rest.
    let more: Bool?

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.field(.retried, retried)
        json.field(.more, more == true ? true : nil)
    }
}
