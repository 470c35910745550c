/// The keys of log metadata in ServiceKit and the services.
package enum LogKey {
    package static let partition = "partition"
    package static let stream = "stream"
    package static let seq = "seq"
    package static let error = "error"
    package static let reason = "reason"
    package static let action = "action"
    package static let paths = "paths"
}
