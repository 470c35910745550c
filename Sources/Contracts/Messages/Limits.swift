/// The bounds of contract sections 1, 2, 3, 5 and 7. Lengths of text are in Unicode scalars.
public enum Limits {
    /// The default of the setting `MAX_MESSAGE_BYTES` (section 7): 1 MiB. Larger foreign messages are parked unread.
    public static let maxMessageBytes = 1_048_576
    /// The maximum depth of nested arrays and objects. Our messages need 4; the rest is for unknown fields.
    public static let nestingDepth = 64

    /// The bytes of an id's string form, in UTF-8 (section 1).
    public static let idBytes = 1...128
    /// An id's number form: from 0 to below 10^15 (section 1).
    public static let idNumbers: ClosedRange<Int64> = 0...999_999_999_999_999

    /// `available_spots` of create and update (section 2).
    public static let spots = 1...100_000
    /// `available_spots` of `notify_free_spot`: 0 ends a release, and the maximum is that of ``spots``.
    public static let freeSpots = 0...100_000
    /// `application_name`, in Unicode scalars (section 2).
    public static let name = 1...200
    /// `application_description`, in Unicode scalars (section 2).
    public static let description = 0...10_000
    /// `reason`, in Unicode scalars (section 2).
    public static let reason = 0...500
    /// The text of a notification, in Unicode scalars: more than a description and a reason together. Our own texts are
    /// far shorter; the customer set no limit.
    public static let notificationText = 0...20_000

    /// `handshake` of `stream_head` and `stream_applied`, in Unicode scalars (section 4).
    public static let handshake = 1...64

    /// The number of partitions (section 3). The maximum is far more than one broker could serve.
    public static let partitions = 1...1_000
    /// The maximum number of messages in a partition's queue, by policy; the queue rejects further ones (section 3).
    public static let queueLength = 1_000_000
    /// The maximum number of requests in a request queue. The requester of a later one would time out before its turn.
    public static let requestQueueLength = 10_000
    /// The maximum number of messages in the queue of a process: few more than those of the moves that concern it.
    public static let processQueueLength = 256
    /// The maximum number of volunteers in one request: as many as in one message of a round (section 5).
    public static let volunteersPerRequest = 1_000
    /// The method, the role and a field's name in a forwarded HTTP request or response (section 8).
    public static let forwardedName = 1...128
    /// The path and a field's value in them: more than HTTP lets a client send.
    public static let forwardedText = 1...65_536
    /// A forwarded request as a message: a body of 256 KiB in which every byte is escaped, and its head.
    public static let forwardedRequestBytes = 2 << 20
    /// A forwarded response as a message: a page of 200 applications with the longest descriptions.
    public static let forwardedResponseBytes = 16 << 20

    /// The commands in one `forwarded_commands` (section 3).
    public static let forwardedCommands = 0...256
    /// The bytes of the commands in one `forwarded_commands`, unless there is only one.
    public static let forwardedCommandsBytes = 256 << 10
    /// What `forwarded_commands` adds to the bytes of a single command, at most.
    public static let forwardedEnvelopeBytes = 4_096
    /// An AMQP short string, in bytes.
    public static let shortString = 0...255
    /// The digest of a command from outside, in hexadecimal digits (section 4).
    public static let digest = 32...32
    /// The most bytes of a partition's file in one message of a move (section 3).
    public static let movePieceBytes = 1_048_576
    /// The most messages with pieces of a file that are in flight at once.
    public static let movePiecesInFlight = 4
    /// The most bytes that a partition may commit while it is copied; a move of one that commits more is given up.
    public static let moveLogBytes = 1 << 30

    /// A caller's name, such as `fund:456`, in bytes: a role and an id (section 8).
    public static let callerName = 1...140
    /// The URL of a callback or of a webhook endpoint, in bytes (section 8).
    public static let callbackURL = 1...2_048
    /// The address of the page to which an entry leads.
    public static let returnAddressBytes = 1_024
    /// The webhook endpoints of one caller (section 8).
    public static let webhookEndpoints = 0...16
    /// The types of events that an endpoint receives, in Unicode scalars.
    public static let webhookEvents = 0...1_024
    /// The id and the type of an event.
    public static let webhookName = 1...200
    /// The JSON of what has happened, in Unicode scalars: more than an operation or a notification has.
    public static let webhookPayload = 2...65_536

    /// Days of a duration: at most ten thousand years, so that no sum of times overflows.
    public static let durationDays = 0...3_660_000
}
