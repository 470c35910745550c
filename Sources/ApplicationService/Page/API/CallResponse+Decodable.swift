import Contracts
import Pages

extension CallResponse: Decodable {
    /// Reads a response of the API.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: JSONKey.self)
        self.init(
            volunteer: try fields.id(.volunteerID), state: try fields.word(.state),
            position: try fields.numberIfPresent(.position),
            isPositionPending: try fields.textIfPresent(.positionStatus) == "pending",
            offerUntil: try fields.timeIfPresent(.offerExpiresAt), reason: try fields.textIfPresent(.reason),
            comment: try fields.textIfPresent(.comment), updatedAt: try fields.timeIfPresent(.updatedAt))
    }
}
