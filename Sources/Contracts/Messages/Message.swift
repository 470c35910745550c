/// Any message of contract section 2, or control message of section 4.
///
/// The body determines the kind. With `action` and `data` it is an envelope. Without `action` it is a flat record: with
/// `status` and `user_id` a spot status record, with `user_id` and `application_id` a waiting list record, with
/// `userId` a notification.
public enum Message: Sendable, Hashable {
    /// A fund calls for volunteers.
    case create(CreateVolunteerApplication)
    /// Some fields of an application change.
    case update(UpdateVolunteerApplication)
    /// An application is cancelled for good.
    case cancel(CancelVolunteerApplication)
    /// A volunteer accepts or declines.
    case response(VolunteerResponse)
    /// A volunteer joins the waiting list.
    case waiting(VolunteerWaiting)
    /// Spots are reserved or offered.
    case notifyFreeSpot(NotifyFreeSpot)
    /// A volunteer is durably on the list (flat).
    case waitingListRecord(WaitingListRecord)
    /// A volunteer's status for a spot (flat).
    case spotStatus(SpotStatusRecord)
    /// A text for a user (flat).
    case notification(UserNotification)
    /// A part of what ApplicationService knows about an application.
    case applicationState(ApplicationState)
    /// The state of each application has been sent.
    case stateComplete(StateComplete)
    /// A caller's signing secret and webhook endpoints.
    case webhookSettings(WebhookSettings)
    /// What has happened is to be told to a callback or to webhook endpoints.
    case webhookEvent(WebhookEvent)
    /// Asks a producer to send a stream again (control).
    case resend(Resend)
    /// The last `seq` that a producer has assigned (control).
    case streamHead(StreamHead)
    /// The last `seq` that a consumer has applied (control).
    case streamApplied(StreamApplied)

    /// Reads a body from outside and checks every field the contract knows; unknown fields are ignored. No input traps.
    ///
    /// A byte order mark is skipped, as RFC 8259 section 8.1 allows. The caller checks the size of the body.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(parsing body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(Message.self, from: body)
        try checkTexts(in: action.isEnveloped ? "/data" : "")
    }

    /// Reads the body of a message that another partition wrote. It is read like one from outside, except that its
    /// texts may have characters that are refused today: an earlier version accepted them, and a stream must not stop
    /// there.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(streamed body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(Message.self, from: body)
    }

    /// The body to publish: compact JSON in UTF-8, slashes not escaped. It never fails.
    public func encoded() -> [UInt8] { json() }

    /// The kind of message, for `type` and for routing keys.
    public var action: Action {
        switch self {
        case .create: .create
        case .update: .update
        case .cancel: .cancel
        case .response: .response
        case .waiting: .waiting
        case .notifyFreeSpot: .notifyFreeSpot
        case .waitingListRecord: .waitingListRecord
        case .spotStatus: .spotStatus
        case .notification: .notification
        case .applicationState: .applicationState
        case .stateComplete: .stateComplete
        case .webhookSettings: .webhookSettings
        case .webhookEvent: .webhookEvent
        case .resend: .resend
        case .streamHead: .streamHead
        case .streamApplied: .streamApplied
        }
    }

    /// The application that the message concerns; `nil` for a control message and for a notification that names none.
    public var applicationID: ID? {
        switch self {
        case .create(let message): message.applicationID
        case .update(let message): message.applicationID
        case .cancel(let message): message.applicationID
        case .response(let message): message.applicationID
        case .waiting(let message): message.applicationID
        case .notifyFreeSpot(let message): message.applicationID
        case .waitingListRecord(let record): record.applicationID
        case .spotStatus(let record): record.applicationID
        case .notification(let record): record.applicationID
        case .applicationState(let state): state.applicationID
        case .stateComplete, .webhookSettings, .webhookEvent, .resend, .streamHead, .streamApplied: nil
        }
    }

    /// The volunteer or user that the message concerns; `nil` if it does not concern exactly one.
    public var volunteerID: ID? {
        switch self {
        case .response(let message): message.volunteerID
        case .waiting(let message): message.volunteerID
        case .waitingListRecord(let record): record.userID
        case .spotStatus(let record): record.userID
        case .notification(let record): record.userID
        case .create, .update, .cancel, .notifyFreeSpot, .applicationState, .stateComplete, .webhookSettings,
            .webhookEvent, .resend, .streamHead, .streamApplied:
            nil
        }
    }
}

extension Message: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        guard fields.contains(.action) else {
            self = try Message(flat: fields)
            return
        }
        let word = try fields.required(.action, fields.text(.action, in: 0...Limits.maxMessageBytes))
        guard let action = Action(rawValue: word), action.isEnveloped else {
            throw fields.error(.unknownAction, .action, "is not the action of an envelope")
        }
        self = try Message(action, fields.required(.data, fields.object(.data)))
    }

    private init(_ action: Action, _ data: some FieldReader) throws {
        switch action {
        case .create: self = .create(try CreateVolunteerApplication(data))
        case .update: self = .update(try UpdateVolunteerApplication(data))
        case .cancel: self = .cancel(try CancelVolunteerApplication(data))
        case .response: self = .response(try VolunteerResponse(data))
        case .waiting: self = .waiting(try VolunteerWaiting(data))
        case .notifyFreeSpot: self = .notifyFreeSpot(try NotifyFreeSpot(data))
        case .applicationState: self = .applicationState(try ApplicationState(data))
        case .stateComplete: self = .stateComplete(try StateComplete(data))
        case .webhookSettings: self = .webhookSettings(try WebhookSettings(data))
        case .webhookEvent: self = .webhookEvent(try WebhookEvent(data))
        case .resend: self = .resend(try Resend(data))
        case .streamHead: self = .streamHead(try StreamHead(data))
        case .streamApplied: self = .streamApplied(try StreamApplied(data))
        case .waitingListRecord: self = .waitingListRecord(try WaitingListRecord(data))
        case .spotStatus: self = .spotStatus(try SpotStatusRecord(data))
        case .notification: self = .notification(try UserNotification(data))
        }
    }

    private init(flat fields: some FieldReader) throws {
        if fields.contains(.userID), fields.contains(.status) {
            self = .spotStatus(try SpotStatusRecord(fields))
        } else if fields.contains(.userID), fields.contains(.applicationID) {
            self = .waitingListRecord(try WaitingListRecord(fields))
        } else if fields.contains(.notificationUserID) {
            self = .notification(try UserNotification(fields))
        } else {
            throw MessageError(code: .unknownShape, detail: "is neither an envelope nor one of the flat records")
        }
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        switch self {
        case .create(let data): try writer.envelope(action, data)
        case .update(let data): try writer.envelope(action, data)
        case .cancel(let data): try writer.envelope(action, data)
        case .response(let data): try writer.envelope(action, data)
        case .waiting(let data): try writer.envelope(action, data)
        case .notifyFreeSpot(let data): try writer.envelope(action, data)
        case .waitingListRecord(let record): try record.write(to: &writer)
        case .spotStatus(let record): try record.write(to: &writer)
        case .notification(let record): try record.write(to: &writer)
        case .applicationState(let data): try writer.envelope(action, data)
        case .stateComplete(let data): try writer.envelope(action, data)
        case .webhookSettings(let data): try writer.envelope(action, data)
        case .webhookEvent(let data): try writer.envelope(action, data)
        case .resend(let data): try writer.envelope(action, data)
        case .streamHead(let data): try writer.envelope(action, data)
        case .streamApplied(let data): try writer.envelope(action, data)
        }
    }

    var texts: [CheckedText] {
        switch self {
        case .create(let message): message.texts
        case .update(let message): message.texts
        case .cancel(let message): message.texts
        case .response(let message): message.texts
        case .spotStatus(let record): record.texts
        case .notification(let record): record.texts
        case .applicationState(let state): state.texts
        case .waiting, .notifyFreeSpot, .waitingListRecord, .stateComplete, .webhookSettings, .webhookEvent, .resend,
            .streamHead, .streamApplied:
            []
        }
    }
}
