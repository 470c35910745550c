package import Contracts

/// A command that changed nothing, on record with its reason.
package struct RefusedCommand: Sendable {
    package let id: Int64
    package let at: Timestamp
    package let reason: String
    package let action: String
    package let application: String?
    package let volunteer: String?
    package let messageID: String?
}
