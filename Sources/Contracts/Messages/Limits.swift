/// The bounds of contract sections 1, 2 and 7, in one place. Lengths of text are in Unicode scalars.
public enum Limits {
    /// The default of `MAX_MESSAGE_BYTES` (section 7): 1 MiB. Larger foreign messages are parked unread.
    public static let maxMessageBytes = 1_048_576
    /// How deeply arrays and objects may nest. The messages need 3; the rest is room for unknown fields.
    public static let nestingDepth = 64

    /// An id in its string form: 1 to 128 bytes of UTF-8 (section 1).
    public static let idBytes = 1...128
    /// An id in its number form: from 0 to below 10^15 (section 1).
    public static let idNumbers: ClosedRange<Int64> = 0...999_999_999_999_999

    /// `available_spots` of create and update (section 2).
    public static let spots = 1...100_000
    /// `available_spots` of `notify_free_spot`: 0 ends a reservation, and no application has more than its spots.
    public static let freeSpots = 0...100_000
    /// `application_name`, in Unicode scalars (section 2).
    public static let name = 1...200
    /// `application_description`, in Unicode scalars (section 2).
    public static let description = 0...10_000
    /// `reason`, in Unicode scalars (section 2).
    public static let reason = 0...500
    /// The text of a notification, in Unicode scalars: what fits a description and a reason with room to spare. Our own
    /// texts are far shorter; the customer set no limit.
    public static let notificationText = 0...20_000

    /// How many ids we write into one `waiting_volunteers` (section 5: a round goes out in messages of at most 1,000).
    /// A foreign message may hold more; only its size bounds it.
    public static let waitingVolunteersPerMessage = 1_000

    /// The most partitions a name can be asked for. Three digits is far beyond what one broker would carry.
    public static let partitions = 1...1_000
    /// Messages that a partition's queue holds before it refuses more (section 3).
    public static let queueLength = 1_000_000
    /// Requests that wait for an answer; more are refused, since who asked has given up by then.
    public static let requestQueueLength = 10_000
    /// How many volunteers one question names: as many as a round's message does, far within the size of a body.
    public static let volunteersPerQuestion = 1_000

    /// The longest duration that is read: ten thousand years, so that no sum of times overflows.
    public static let durationDays = 0...3_660_000
}
