/// How to come in, for a visitor who is not signed in.
package struct SignInPage: Page {
    package var reason: Reason

    package init(reason: Reason) {
        self.reason = reason
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

extension SignInPage {
    package enum Reason: Sendable, Hashable {
        case notSignedIn
        /// The link is malformed, was used before, or is too old.
        case linkInvalid
        case signedOut
    }
}
