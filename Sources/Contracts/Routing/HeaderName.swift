/// The AMQP headers of what we publish (contract section 3).
public enum HeaderName {
    /// The stream's name.
    public static let stream = "stream"
    /// The producer's epoch.
    public static let epoch = "epoch"
    /// The number within stream and epoch, from 1.
    public static let seq = "seq"
    /// W3C Trace Context.
    public static let traceparent = "traceparent"
}
