import Contracts
import Wording

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

    package func title(in context: PageContext) -> String {
        CallHeader.title(context.texts.words.fund.people.heading, call, in: context)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.people
        let content: HTML = """
            <div class="heading"><h2>\(words.heading)</h2>\
            <a class="button quiet screen" href="\(URLPath.peopleCSV(call.id))" download>\(words.csv)</a></div>
            \(filter(in: context))
            \(people.isEmpty ? empty(in: context) : table(in: context))
            """
        return """
            \(CallHeader(call: call, section: .people, notice: notice).html(in: context))
            \(LiveRegion("people", of: [call.id], content).html)
            \(Pagination(next: next).html(in: context))
            \(people.isEmpty ? nil : "<p class=\"hint screen\">\(words.print)</p>" as HTML)
            """
    }

    /// How many have declined is not counted.
    private func filter(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.people
        let choices: [(CallResponse.State?, String)] = [
            (nil, words.all), (.confirmed, "\(words.confirmed) \(call.confirmed)"),
            (.waiting, "\(words.waiting) \(call.waiting)"), (.declined, words.declined),
        ]
        let items = choices.map { choice, name in
            FilterLinks.Item(
                name: name, address: URLPath.with(URLPath.people(call.id), ["state": choice?.rawValue]),
                isCurrent: choice == state)
        }
        return FilterLinks(label: words.filter, items: items).html
    }

    private func empty(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.people
        let (text, hint) =
            state == nil ? (words.empty, words.emptyHint) : (words.emptyFiltered, words.emptyFilteredHint)
        return "<div class=\"card empty\"><h3>\(text)</h3><p class=\"soft\">\(hint)</p></div>"
    }

    private func table(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.people
        let dates = CallDates(call, in: context)
        let hasLine = state == nil || state == .waiting
        let line = hasLine ? [DataTable.Column(words.position), DataTable.Column(words.offer, .time)] : []
        var table = DataTable(
            words.caption,
            [.init(words.person), .init(words.state)] + line + [
                .init(words.since, .time), .init(words.present, .paper),
            ])
        for person in people {
            let state = ResponseState(response: person, context: context)
            let line = [state.position, state.offerUntil.map(dates.until)].map { HTML(text: $0 ?? "") }
            let changed = person.updatedAt.map { Moment($0).text(in: context) }
            table.append(
                "<a href=\"\(URLPath.person(person.volunteer, of: call.id))\">\(person.volunteer.string)</a>",
                [summary(of: state)] + (hasLine ? line : []) + [HTML(text: changed ?? ""), HTML()])
        }
        return table.html
    }

    private func summary(of state: ResponseState) -> HTML {
        "<span>\(state.badge.html)\(state.remark.map { "<br><span class=\"hint\">\($0)</span>" })</span>"
    }
}
