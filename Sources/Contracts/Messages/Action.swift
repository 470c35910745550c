/// What a message is: the word in `action`, in the AMQP property `type`, and in routing keys (contract sections 2
/// to 4).
///
/// The flat records have no `action` in the body; theirs is the word that routing keys and `type` use.
public enum Action: String, CaseIterable, Sendable, Codable {
    /// A fund calls for volunteers.
    case create = "create_volunteer_application"
    /// Some fields of an application change.
    case update = "update_volunteer_application"
    /// An application is cancelled for good.
    case cancel = "cancel_volunteer_application"
    /// A volunteer accepts or declines.
    case response = "volunteer_response"
    /// A volunteer goes onto the waiting list.
    case waiting = "volunteer_waiting"
    /// Spots are reserved or offered.
    case notifyFreeSpot = "notify_free_spot"
    /// A volunteer is durably on the list (flat).
    case waitingListRecord = "waiting_list_record"
    /// How it stands between a volunteer and a spot (flat).
    case spotStatus = "spot_status"
    /// What a user is told (flat).
    case notification = "notification"
    /// Send a stream again (control).
    case resend = "resend"
    /// How far a stream goes (control).
    case streamHead = "stream_head"
    /// How far a stream is applied (control).
    case streamApplied = "stream_applied"

    /// Whether it is of the control kind of contract section 4, which travels outside any stream.
    public var isControl: Bool {
        switch self {
        case .resend, .streamHead, .streamApplied: true
        default: false
        }
    }

    /// Whether the body is `{"action": …, "data": {…}}`; else it is a flat record.
    public var isEnveloped: Bool {
        switch self {
        case .waitingListRecord, .spotStatus, .notification: false
        default: true
        }
    }
}
