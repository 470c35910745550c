/// Those who responded to a call, by state and in order.
package struct PeoplePage: Page {
    package var call: Call
    package var people: [CallResponse]
    /// Only responses with this state; nil for all.
    package var state: CallResponse.State?
    package var next: String?
    package var notice: Notice?

    package init(call: Call, people: [CallResponse], state: CallResponse.State?, next: String?, notice: Notice? = nil) {
        self.call = call
        self.people = people
        self.state = state
        self.next = next
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}
