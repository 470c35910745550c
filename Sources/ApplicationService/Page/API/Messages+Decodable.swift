import Contracts
import Pages

extension InboxMessage: Decodable {
    /// Reads a notification of the volunteer's inbox.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: JSONKey.self)
        self.init(
            id: try fields.decode(Int64.self, forKey: .id), kind: try fields.text(.kind),
            call: try fields.id(.applicationID), text: try fields.text(.message), sentAt: try fields.time(.timestamp),
            isRead: try fields.timeIfPresent(.readAt) != nil)
    }
}

extension ToldMessage: Decodable {
    /// Reads a notification of the list of an application.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: JSONKey.self)
        self.init(
            volunteer: try fields.id(.volunteerID), kind: try fields.text(.kind), text: try fields.text(.message),
            sentAt: try fields.time(.timestamp), readAt: try fields.timeIfPresent(.readAt),
            channels: try fields.decodeIfPresent([String].self, forKey: .channels) ?? [])
    }
}
