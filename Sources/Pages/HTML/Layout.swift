import Contracts
import Wording

/// What all pages share: the head, the navigation and the footer.
struct Layout {
    let title: String
    let main: HTML

    func html(in context: PageContext) -> HTML {
        let words = context.texts.words
        let visitor = context.visitor
        return """
            <!DOCTYPE html>
            <html lang="\(context.texts.language.rawValue)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · \(words.product)</title>
            <link rel="icon" href="\(Asset.icon.path)" type="image/svg+xml">
            <link rel="stylesheet" href="\(Asset.style.path)">
            <script src="\(Asset.script.path)" defer></script></head>
            <body data-now="\(context.now.microseconds)" data-sending="\(words.layout.sending)"\
            \(attribute: "data-stream", visitor.map { _ in URLPath.live })\
            \(attribute: "data-visitor", visitor.map { "\($0.role.rawValue) \($0.id)" })>
            <a class="skip" href="#main">\(words.layout.skip)</a>
            \(header(in: context))
            <main class="frame" id="main" tabindex="-1">\(disconnected(in: context))\(main)</main>
            <p class="hidden" id="news" role="status"></p>
            \(visitor.map { footer(for: $0, in: context) })
            </body></html>
            """
    }

    private func header(in context: PageContext) -> HTML {
        let words = context.texts.words
        let home = context.visitor?.role == .fund ? URLPath.calls : URLPath.openCalls
        return """
            <header class="top"><div class="frame"><a class="brand" href="\(home)">\
            <img src="\(Asset.icon.path)" alt="" width="28" height="28">\(words.product)</a>
            \(context.visitor.map { navigation(for: $0, in: context) })</div></header>
            """
    }

    /// The number of unread messages is live on every page of a volunteer.
    private func navigation(for visitor: Visitor, in context: PageContext) -> HTML {
        let words = context.texts.words.layout
        let links: HTML
        switch visitor.role {
        case .volunteer:
            links = """
                \(link(URLPath.openCalls, HTML(text: words.openCalls), in: context))
                \(link(URLPath.mine, HTML(text: words.mine), in: context))
                \(link(URLPath.messages, messages(visitor.unread ?? 0, in: context), in: context))
                """
        case .fund:
            links = """
                \(link(URLPath.calls, HTML(text: words.calls), in: context))
                \(link(URLPath.newCall, HTML(text: words.newCall), in: context))
                """
        }
        return """
            <nav id="nav"\(flag: "data-messages", if: visitor.role == .volunteer) aria-label="\(words.navigation)">\
            <ul class="nav">\(links)</ul></nav>
            """
    }

    private func link(_ path: String, _ name: HTML, in context: PageContext) -> HTML {
        let isCurrent = context.address.prefix { $0 != "?" } == path
        return "<li><a href=\"\(path)\"\(attribute: "aria-current", isCurrent ? "page" : nil)>\(name)</a></li>"
    }

    private func messages(_ unread: Int, in context: PageContext) -> HTML {
        let words = context.texts.words.layout
        guard unread > 0 else { return HTML(text: words.messages) }
        let text = context.texts.counted(unread, words.unread)
        return """
            \(words.messages) <span class="count" aria-hidden="true">\(unread > 99 ? "99+" : "\(unread)")</span>\
            <span class="hidden" id="unread" data-news="\(words.messages): \(text)">\(text)</span>
            """
    }

    /// The script shows it when it cannot follow the stream.
    private func disconnected(in context: PageContext) -> HTML? {
        guard context.visitor != nil else { return nil }
        let words = context.texts.words.layout
        return """
            <div class="notice plain" id="disconnected" hidden><p>\(words.disconnected) \
            <a href="\(context.address)">\(words.refresh)</a></p></div>
            """
    }

    private func footer(for visitor: Visitor, in context: PageContext) -> HTML {
        let words = context.texts.words.layout
        let name = visitor.role == .fund ? words.fund : words.volunteer
        return """
            <footer class="foot"><div class="frame"><p>\(name.filled(["id": visitor.id.string]))</p>
            <a href="\(context.address)">\(words.refresh)</a>
            <a href="\(URLPath.settings)">\(words.settings)</a>
            <form method="post" action="\(URLPath.leave)">\
            <button class="link">\(words.leave)</button></form></div></footer>
            """
    }
}

extension Timestamp {
    /// As ids of the live stream count time.
    fileprivate var microseconds: Int { Int(clamping: milliseconds) * 1000 }
}
