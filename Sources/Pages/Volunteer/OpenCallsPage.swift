package import Contracts

/// The open calls, with a search.
package struct OpenCallsPage: Page {
    package var calls: [Call]
    /// With the values `q`, `from` and `to`: a text and two dates.
    package var search: FormValues
    /// The volunteer's own responses to these calls.
    package var responses: [ID: CallResponse.State]
    /// The address of the next page.
    package var next: String?

    package init(calls: [Call], search: FormValues, responses: [ID: CallResponse.State], next: String?) {
        self.calls = calls
        self.search = search
        self.responses = responses
        self.next = next
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}
