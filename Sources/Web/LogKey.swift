/// The keys of this module's log metadata.
enum LogKey {
    static let reason = "reason"
    static let keepsOldKeys = "keeps"
    static let error = "error"
    static let address = "address"
    static let settings = "settings"
}
