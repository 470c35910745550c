/// The AMQP headers of the messages that we publish (contract section 3).
public enum HeaderName {
    /// The stream's name.
    public static let stream = "stream"
    /// The producer's epoch.
    public static let epoch = "epoch"
    /// The message's number in its stream and epoch, from 1.
    public static let seq = "seq"
    /// The digest by which duplicates of a forwarded message from outside are recognised, in hexadecimal digits.
    public static let digest = "digest"
    /// W3C Trace Context.
    public static let traceparent = "traceparent"
}
