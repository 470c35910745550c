import Contracts
import Pages

/// An operation as the status monitor shows it, as far as the page speaks of it.
struct PageOperation: Decodable, Sendable, Hashable {
    var id: String
    /// `pending`, `running`, `succeeded` or `failed`.
    var status: String
    var result: Result?
    var error: Failure?

    struct Result: Decodable, Sendable, Hashable {
        /// Of a command about an application; a response has an outcome instead.
        var application: DecodedID?

        enum CodingKeys: String, CodingKey {
            case application = "volunteer_application_id"
        }
    }

    struct Failure: Decodable, Sendable, Hashable {
        var code: String
    }

    /// The call that the command was about; nil for a response, and while the operation runs.
    var call: ID? { result?.application?.id }

    /// What the page says about it.
    var notice: Notice {
        switch status {
        case "succeeded": .done
        case "failed": .refused(code: error?.code ?? "internal")
        default: .running
        }
    }
}
