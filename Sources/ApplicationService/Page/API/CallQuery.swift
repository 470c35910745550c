import Contracts
import Pages

/// Which calls of the API's list a page shows.
struct CallQuery: Sendable {
    enum Order: String, Sendable {
        /// Those that start first.
        case start = "starts_at"
        /// Those that were published last.
        case newest = "-created_at"
    }

    var status: Call.Status?
    var text: String?
    /// The earliest start.
    var from: Timestamp?
    /// Starts are before it.
    var to: Timestamp?
    var order: Order
    var limit: Int
    var cursor: String?

    /// The path of the API with the query.
    var path: String {
        URLPath.with(
            APIPath.applications,
            [
                "status": status?.rawValue, "q": text, "from": from?.description, "to": to?.description,
                "sort": order.rawValue, "limit": String(limit), "cursor": cursor,
            ])
    }
}
