import Wording

/// A request that cannot be answered.
package struct ErrorPage: Page {
    /// The HTTP status.
    package var status: Int
    /// A problem's code, as in the API, such as `not_found` or `rate_limited`.
    package var code: String
    /// Names the request in the logs.
    package var requestID: String?

    package init(status: Int, code: String, requestID: String?) {
        self.status = status
        self.code = code
        self.requestID = requestID
    }

    package func title(in context: PageContext) -> String { text(in: context.texts.words).title }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.account.errors
        let (title, text) = text(in: context.texts.words)
        let home = context.visitor?.role == .fund ? URLPath.calls : URLPath.openCalls
        let id: HTML? = requestID.map { "<p class=\"soft\">\(words.requestID.filled(["id": $0]))</p>" }
        return """
            <h1>\(title)</h1><div class="card"><p>\(text)</p>\
            <p><a class="button quiet" href="\(home)">\(words.home)</a></p></div>\(id)
            """
    }

    /// A code that says more than its status has a sentence of its own.
    private func text(in words: PageTexts.Words) -> (title: String, text: String) {
        let errors = words.account.errors
        let text = errors.byStatus["\(status)"] ?? (status < 500 ? errors.client : errors.server)
        let isSpecific = (status == 409 || status == 429) && code != "too_many_requests"
        return (text.title, isSpecific ? words.notice.refused[code] ?? text.text : text.text)
    }
}
