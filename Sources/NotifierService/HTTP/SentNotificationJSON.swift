import Contracts

/// A notification about an application: what was sent to whom, and how (contract section 8).
struct SentNotificationJSON {
    let sent: SentNotification

    private enum Key: String {
        case id, kind, message, timestamp, channels
        case volunteerID = "volunteer_id"
        case readAt = "read_at"
    }

    func encoded() -> [UInt8] {
        let notification = sent.notification
        return ObjectWriter<Key>.object { json in
            json.field(.id, notification.id)
            json.id(.volunteerID, sent.user)
            json.field(.kind, notification.kind.rawValue)
            json.field(.message, notification.message)
            json.field(.timestamp, .instant(notification.sentAt))
            json.field(.readAt, notification.readAt.map { .instant($0) })
            json.texts(.channels, ["inbox", "push"] + (sent.isForWebhooks ? ["webhook"] : []))
        }
    }
}
