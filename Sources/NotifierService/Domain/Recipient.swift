package import Contracts

/// One user and one application: how it stands between them, as far as the user was told.
package struct Recipient: Sendable, Hashable {
    package enum Standing: String, Sendable {
        case confirmed
        case waiting
        /// Has no part in it: never had, left, or it was cancelled.
        case none
    }

    package let user: ID
    package var standing: Standing
    /// The edition of the application's details that the user knows.
    package var edition: Int

    package init(user: ID, standing: Standing, edition: Int) {
        self.user = user
        self.standing = standing
        self.edition = edition
    }
}
