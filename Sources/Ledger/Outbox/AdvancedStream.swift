/// A stream of this partition that has new messages, up to `head`.
package struct AdvancedStream: Sendable, Hashable {
    /// The stream's row id in the file.
    package let id: Int64
    package let name: OutboxStreamName
    package let head: Int64
}
