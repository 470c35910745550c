/// The kind of a message: the word in `action`, in the AMQP property `type`, and in routing keys (contract sections 2
/// to 4). Flat records have no `action` in the body, but use the word in the other two places.
public enum Action: String, CaseIterable, Sendable, Codable {
    /// A fund calls for volunteers.
    case create = "create_volunteer_application"
    /// Some fields of an application change.
    case update = "update_volunteer_application"
    /// An application is cancelled for good.
    case cancel = "cancel_volunteer_application"
    /// A volunteer accepts or declines.
    case response = "volunteer_response"
    /// A volunteer joins the waiting list.
    case waiting = "volunteer_waiting"
    /// Spots are reserved or offered.
    case notifyFreeSpot = "notify_free_spot"
    /// A volunteer is durably on the list (flat).
    case waitingListRecord = "waiting_list_record"
    /// A volunteer's status for a spot (flat).
    case spotStatus = "spot_status"
    /// A text for a user (flat).
    case notification = "notification"
    /// A part of what ApplicationService knows about an application.
    case applicationState = "application_state"
    /// The state of each application has been sent.
    case stateComplete = "state_complete"
    /// A caller's signing secret and webhook endpoints.
    case webhookSettings = "webhook_settings"
    /// What has happened is to be told to a callback or to webhook endpoints.
    case webhookEvent = "webhook_event"
    /// Asks a producer to send a stream again (control).
    case resend = "resend"
    /// The last `seq` that a producer has assigned (control).
    case streamHead = "stream_head"
    /// The last `seq` that a consumer has applied (control).
    case streamApplied = "stream_applied"

    /// Whether it is a control message (contract section 4), which belongs to no stream.
    public var isControl: Bool {
        switch self {
        case .resend, .streamHead, .streamApplied: true
        default: false
        }
    }

    /// Whether it carries a part of a producer's state (contract section 4): few of these are sent before the consumer
    /// has reported that it has applied the others.
    public var isPartOfState: Bool { self == .applicationState || self == .webhookSettings }

    /// Whether the body is `{"action": …, "data": {…}}`; otherwise it is a flat record.
    public var isEnveloped: Bool {
        switch self {
        case .waitingListRecord, .spotStatus, .notification: false
        default: true
        }
    }
}
