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

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}
