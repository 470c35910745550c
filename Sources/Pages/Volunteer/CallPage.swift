import Contracts
import Wording

/// One call as a volunteer sees it, with their own state and what they can do.
package struct CallPage: Page {
    package var call: Call
    /// Nil if the volunteer has not responded.
    package var response: CallResponse?
    package var key: FormKey
    package var notice: Notice?

    package init(call: Call, response: CallResponse?, key: FormKey, notice: Notice? = nil) {
        self.call = call
        self.response = response
        self.key = key
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { call.name }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.call
        let dates = CallDates(call, in: context)
        let standing = Standing(call, response, dates: dates, in: context)
        let details: HTML? =
            call.details.isEmpty
            ? nil : "<h2>\(words.details)</h2><p class=\"text\">\(call.details)</p>"
        let region: HTML = """
            <div><h1 tabindex="-1">\(call.name)</h1><p class="lead">\(dates.when)</p></div>\
            \(notice.map { NoticeBanner(notice: $0).html(in: context) })\
            \(isFirstRunning ? nil : state(standing, in: context))\(numbers(in: context))\(details)
            """
        return """
            <p class="back"><a href="\(URLPath.openCalls)">← \(words.back)</a></p>
            \(LiveRegion("call", of: [call.id], region).html)
            """
    }

    /// Whether the volunteer's first response still runs: the page does not ask for it again.
    private var isFirstRunning: Bool { notice == .running && response == nil }

    private func state(_ standing: Standing, in context: PageContext) -> HTML {
        let quote: HTML? = standing.quote.map { "<blockquote>\($0)</blockquote>" }
        return """
            <div class="state \(standing.tone.rawValue)">\
            <h2 id="state" data-news="\(standing.title). \(standing.text)">\(standing.title)</h2>\
            <p>\(standing.text)</p>\(quote)\(commands(standing, in: context))</div>
            """
    }

    /// Nothing while a command runs: a second one would be decided on top of an outcome that the visitor has not seen.
    private func commands(_ standing: Standing, in context: PageContext) -> HTML? {
        guard notice != .running else { return nil }
        let words = context.texts.words.volunteer.call
        let main: HTML? = standing.action.map { action in
            let name =
                switch action {
                case .respond: words.respond
                case .join: words.join
                case .accept: words.accept
                }
            return """
                <div class="actions">\(form(.accepted, "<button class=\"button\" id=\"accept\">\(name)</button>"))</div>
                """
        }
        let leaving: HTML? = standing.leaving.map { leaving in
            let (summary, means, button) =
                switch leaving {
                case .spot: (words.decline, words.declineMeans, words.declineButton)
                case .waitingList: (words.leave, words.leaveMeans, words.leaveButton)
                }
            return """
                <details id="leave"><summary id="leave-summary">\(summary)</summary><p>\(means)</p>\
                \(form(.declined, "<button class=\"button quiet\" id=\"decline\">\(button)</button>"))</details>
                """
        }
        return "\(main)\(leaving)"
    }

    private func form(_ status: ResponseStatus, _ button: HTML) -> HTML {
        """
        <form method="post" action="\(URLPath.response(call.id))"><input type="hidden" name="key" value="\(key.text)">\
        <input type="hidden" name="status" value="\(status.rawValue)">\(button)</form>
        """
    }

    private func numbers(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.call
        var facts = FactList()
        facts.append(words.spots, "\(call.spots)")
        if call.status == .open {
            facts.append(words.free, "\(call.freeSpots)")
            facts.append(words.waiting, "\(call.waiting)")
        }
        return facts.numbers
    }
}
