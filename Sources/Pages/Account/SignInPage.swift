import Wording

/// How to come in, for a visitor who is not signed in.
package struct SignInPage: Page {
    package var reason: Reason

    package init(reason: Reason) {
        self.reason = reason
    }

    package func title(in context: PageContext) -> String { texts(in: context).title }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.account.signIn
        let (title, text) = texts(in: context)
        let link: HTML? = context.loginURL.map { "<p><a class=\"button\" href=\"\($0)\">\(words.signIn)</a></p>" }
        return "<h1>\(title)</h1><div class=\"card\"><p>\(text)</p><p>\(words.how)</p>\(link)</div>"
    }

    private func texts(in context: PageContext) -> (title: String, text: String) {
        let words = context.texts.words.account.signIn
        return switch reason {
        case .notSignedIn: (words.title, words.text)
        case .linkInvalid: (words.linkTitle, words.linkText)
        case .signedOut: (words.outTitle, words.outText)
        }
    }
}

extension SignInPage {
    package enum Reason: Sendable, Hashable {
        case notSignedIn
        /// The link is malformed, was used before, or is too old.
        case linkInvalid
        case signedOut
    }
}
