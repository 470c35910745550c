import Wording

/// The top of the pages about one call: its name, when it is, its status, and links between these pages.
struct CallHeader {
    enum Section: CaseIterable {
        case call
        case people
        case told
    }

    let call: Call
    /// The page that is shown.
    let section: Section
    let notice: Notice?

    func html(in context: PageContext) -> HTML {
        let words = context.texts.words.fund
        let head: HTML = """
            <h1>\(call.name)</h1><p class="lead">\(CallDates(call, in: context).when)</p>
            <p class="badges">\(call.status.badge(in: context).html)</p>
            \(notice.map { NoticeBanner(notice: $0).html(in: context) })
            """
        let links = Section.allCases.map { "<li>\(link(to: $0, in: context))</li>" as HTML }
        return """
            <p class="back"><a href="\(URLPath.calls)">← \(words.calls.title)</a></p>
            \(LiveRegion("head", of: [call.id], head).html)
            <nav aria-label="\(words.sections.label)"><ul class="tabs">\(links)</ul></nav>
            """
    }

    /// `People: Soup kitchen`
    static func title(_ section: String, _ call: Call, in context: PageContext) -> String {
        context.texts.words.fund.sections.title.filled(["section": section, "name": call.name])
    }

    private func link(to section: Section, in context: PageContext) -> HTML {
        let words = context.texts.words.fund.sections
        let (address, text) =
            switch section {
            case .call: (URLPath.call(call.id), words.call)
            case .people: (URLPath.people(call.id), words.people)
            case .told: (URLPath.told(call.id), words.told)
            }
        let isCurrent = section == self.section ? "page" : nil
        return "<a href=\"\(address)\"\(attribute: "aria-current", isCurrent)>\(text)</a>"
    }
}

extension Call.Status {
    func badge(in context: PageContext) -> Badge {
        let words = context.texts.words.fund.status
        return switch self {
        case .open: Badge(.good, words.open)
        case .started: Badge(.plain, words.started)
        case .cancelled: Badge(.bad, words.cancelled)
        }
    }
}
