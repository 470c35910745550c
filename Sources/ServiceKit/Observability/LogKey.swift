/// The keys of log metadata, in one place.
package enum LogKey {
    package static let partition = "partition"
    package static let stream = "stream"
    package static let seq = "seq"
    package static let error = "error"
    package static let reason = "reason"
    package static let action = "action"
}
