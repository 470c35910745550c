/// Any message of contract section 2, and section 4's control kind.
///
/// The body decides what it is: `action` and `data` make an envelope; else `status` and `user_id` a spot status record,
/// `user_id` and `application_id` a waiting list record, `userId` a notification.
public enum Message: Sendable, Hashable {
    /// A fund calls for volunteers.
    case create(CreateVolunteerApplication)
    /// Some fields of an application change.
    case update(UpdateVolunteerApplication)
    /// An application is cancelled for good.
    case cancel(CancelVolunteerApplication)
    /// A volunteer accepts or declines.
    case response(VolunteerResponse)
    /// A volunteer goes onto the waiting list.
    case waiting(VolunteerWaiting)
    /// Spots are reserved or offered.
    case notifyFreeSpot(NotifyFreeSpot)
    /// A volunteer is durably on the list (flat).
    case waitingListRecord(WaitingListRecord)
    /// How it stands between a volunteer and a spot (flat).
    case spotStatus(SpotStatusRecord)
    /// What a user is told (flat).
    case notification(UserNotification)
    /// Send a stream again (control).
    case resend(Resend)
    /// How far a stream goes (control).
    case streamHead(StreamHead)
    /// How far a stream is applied (control).
    case streamApplied(StreamApplied)

    /// Reads a body and checks every field the contract knows; unknown fields are ignored. No input traps.
    ///
    /// A byte order mark is skipped, as RFC 8259 section 8.1 allows. How large a body may be is the caller's to check.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(parsing body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(Message.self, from: body)
    }

    /// The body to publish: compact JSON in UTF-8, slashes not escaped. It never fails.
    public func encoded() -> [UInt8] {
        switch self {
        case .create(let message): JSONWriter.envelope(action, message.write)
        case .update(let message): JSONWriter.envelope(action, message.write)
        case .cancel(let message): JSONWriter.envelope(action, message.write)
        case .response(let message): JSONWriter.envelope(action, message.write)
        case .waiting(let message): JSONWriter.envelope(action, message.write)
        case .notifyFreeSpot(let message): JSONWriter.envelope(action, message.write)
        case .waitingListRecord(let record): JSONWriter.flat(record.write)
        case .spotStatus(let record): JSONWriter.flat(record.write)
        case .notification(let record): JSONWriter.flat(record.write)
        case .resend(let message): JSONWriter.envelope(action, message.write)
        case .streamHead(let message): JSONWriter.envelope(action, message.write)
        case .streamApplied(let message): JSONWriter.envelope(action, message.write)
        }
    }

    /// What the message is, for `type` and for routing keys.
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
        case .resend: .resend
        case .streamHead: .streamHead
        case .streamApplied: .streamApplied
        }
    }

    /// The application the message is about; `nil` for the control kind, and for a notification without one.
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
        case .resend, .streamHead, .streamApplied: nil
        }
    }

    /// The volunteer or user the message is about, if it is exactly one.
    public var volunteerID: ID? {
        switch self {
        case .response(let message): message.volunteerID
        case .waiting(let message): message.volunteerID
        case .waitingListRecord(let record): record.userID
        case .spotStatus(let record): record.userID
        case .notification(let record): record.userID
        case .create, .update, .cancel, .notifyFreeSpot, .resend, .streamHead, .streamApplied: nil
        }
    }
}

extension Message: Codable {
    /// Reads an envelope or a flat record.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        guard fields.contains(.action) else {
            self = try Message(flat: fields)
            return
        }
        let text = Limits.maxMessageBytes
        guard let action = Action(rawValue: try fields.required(.action, fields.text(.action, in: 0...text))),
            action.isEnveloped
        else {
            throw fields.error(.unknownAction, .action, "is no action of an envelope")
        }
        guard fields.contains(.data) else { throw fields.error(.missingField, .data, "is required") }
        self = try Message(action, fields.nestedContainer(keyedBy: Field.self, forKey: .data))
    }

    private init(_ action: Action, _ data: KeyedDecodingContainer<Field>) throws {
        switch action {
        case .create: self = .create(try CreateVolunteerApplication(data))
        case .update: self = .update(try UpdateVolunteerApplication(data))
        case .cancel: self = .cancel(try CancelVolunteerApplication(data))
        case .response: self = .response(try VolunteerResponse(data))
        case .waiting: self = .waiting(try VolunteerWaiting(data))
        case .notifyFreeSpot: self = .notifyFreeSpot(try NotifyFreeSpot(data))
        case .resend: self = .resend(try Resend(data))
        case .streamHead: self = .streamHead(try StreamHead(data))
        case .streamApplied: self = .streamApplied(try StreamApplied(data))
        case .waitingListRecord: self = .waitingListRecord(try WaitingListRecord(data))
        case .spotStatus: self = .spotStatus(try SpotStatusRecord(data))
        case .notification: self = .notification(try UserNotification(data))
        }
    }

    private init(flat fields: KeyedDecodingContainer<Field>) throws {
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

    /// Writes an envelope or a flat record, as ``encoded()`` does.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .create(let message): try encode(message, to: encoder)
        case .update(let message): try encode(message, to: encoder)
        case .cancel(let message): try encode(message, to: encoder)
        case .response(let message): try encode(message, to: encoder)
        case .waiting(let message): try encode(message, to: encoder)
        case .notifyFreeSpot(let message): try encode(message, to: encoder)
        case .waitingListRecord(let record): try record.encode(to: encoder)
        case .spotStatus(let record): try record.encode(to: encoder)
        case .notification(let record): try record.encode(to: encoder)
        case .resend(let message): try encode(message, to: encoder)
        case .streamHead(let message): try encode(message, to: encoder)
        case .streamApplied(let message): try encode(message, to: encoder)
        }
    }

    private func encode(_ data: some Encodable, to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(action.rawValue, forKey: .action)
        try fields.encode(data, forKey: .data)
    }
}
