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
    /// When the offer that the user was told of ends; nil if it was followed by something else.
    package var offerExpiresAt: Timestamp?

    package init(user: ID, standing: Standing, version: Int, offerExpiresAt: Timestamp? = nil) {
        self.user = user
        self.standing = standing
        self.version = version
        self.offerExpiresAt = offerExpiresAt
    }
}
