/// A fund's own calls.
package struct FundCallsPage: Page {
    package var calls: [Call]
    /// Only calls with this status; nil for all.
    package var status: Call.Status?
    package var next: String?
    package var notice: Notice?

    package init(calls: [Call], status: Call.Status?, next: String?, notice: Notice? = nil) {
        self.calls = calls
        self.status = status
        self.next = next
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}
