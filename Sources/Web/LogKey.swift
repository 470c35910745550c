/// The keys of this module's log metadata.
enum LogKey {
    static let reason = "reason"
    static let keepsOldKeys = "keeps"
    static let error = "error"
    static let address = "address"
    static let settings = "settings"
    static let requestID = "request_id"
    static let method = "method"
    static let path = "path"
    static let route = "route"
    static let status = "status"
    static let bytes = "bytes"
    static let milliseconds = "duration_ms"
    static let remote = "remote"
    static let role = "role"
    static let subject = "sub"
}
