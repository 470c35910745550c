import Contracts
import Pages

extension CSVRow {
    /// The names of the API's fields.
    static let responseHeader = CSVRow([
        "volunteer_id", "state", "position", "offer_expires_at", "reason", "comment", "updated_at",
    ])

    init(_ person: CallResponse) {
        self.init([
            person.volunteer.string, person.state.rawValue, person.position.map { String($0) } ?? "",
            person.offerUntil?.description ?? "", person.reason ?? "", person.comment ?? "",
            person.updatedAt?.description ?? "",
        ])
    }
}
