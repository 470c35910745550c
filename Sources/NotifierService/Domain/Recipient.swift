package import Contracts

/// One user in relation to one application, as far as the user was told.
package struct Recipient: Sendable, Hashable {
    package enum Standing: String, Sendable {
        case confirmed
        case waiting
        /// Never took part, left, or the application was cancelled.
        case none
    }

    package let user: ID
    package var standing: Standing
    /// The version of the application that the user was told.
    package var version: Int

    package init(user: ID, standing: Standing, version: Int) {
        self.user = user
        self.standing = standing
        self.version = version
    }
}
