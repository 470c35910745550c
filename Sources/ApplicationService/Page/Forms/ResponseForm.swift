import Contracts
import Pages
import Web

/// The buttons with which a volunteer responds to a call, takes an offered spot, or leaves.
struct ResponseForm: Sendable, Hashable {
    let status: ResponseStatus
    let key: FormKey

    /// - Throws: `malformed` for what no button of the page sends.
    init(_ form: FormBody) throws(Problem) {
        guard let status = form["status"].flatMap({ ResponseStatus(rawValue: $0) }) else {
            throw Problem(.malformed, "The form does not say what to do.")
        }
        self.status = status
        key = try FormKey(form)
    }

    /// As the API takes it.
    var body: [UInt8] { ObjectWriter<JSONKey>.object { $0.field(.status, status.rawValue) } }
}
