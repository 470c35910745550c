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
            <p class="actions"><a class="button quiet" href="\(URLPath.peopleCSV(call.id))" download>\(words.csv)</a></p></div>
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

    /// The roles are written out because a table whose rows are shown as cards loses its own in some browsers.
    private func table(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.people
        let instants = InstantFormatter(context)
        let dates = CallDates(call, in: context)
        let hasLine = state == nil || state == .waiting
        let names = [words.person, words.state] + (hasLine ? [words.position, words.offer] : []) + [words.since]
        let heads = names.map { "<th scope=\"col\" role=\"columnheader\">\($0)</th>" as HTML }
        let rows = people.map { person -> HTML in
            let state = ResponseState(response: person, context: context)
            let remark = state.remark.map { "<br><span class=\"hint\">\($0)</span>" as HTML }
            let line: HTML = """
                \(cell(words.position, state.position ?? ""))\
                \(cell(words.offer, state.offerUntil.map(dates.until) ?? ""))
                """
            return """
                <tr role="row"><th scope="row" role="rowheader">\
                <a href="\(URLPath.person(person.volunteer, of: call.id))">\(person.volunteer.string)</a></th>\
                <td role="cell" data-label="\(words.state)"><span>\(state.badge.html)\(remark)</span></td>\
                \(hasLine ? line : nil)\(cell(words.since, person.updatedAt.map(instants.text) ?? ""))\
                <td role="cell" class="paper"></td></tr>

                """
        }
        return """
            <table class="table" role="table"><caption>\(words.caption)</caption>\
            <thead role="rowgroup"><tr role="row">\(heads)\
            <th scope="col" role="columnheader" class="paper">\(words.present)</th></tr></thead>
            <tbody role="rowgroup">\(rows)</tbody></table>
            """
    }

    private func cell(_ name: String, _ text: String) -> HTML {
        "<td role=\"cell\" data-label=\"\(name)\">\(text)</td>"
    }
}
