import Contracts

/// A part of a page that the script replaces when one of the calls has changed. Its ids are percent-encoded, because
/// they may contain spaces.
struct LiveRegion {
    /// Finds the region in the page that is fetched again.
    let id: StaticString
    /// Without one the region is replaced when any call has changed.
    let calls: [ID]
    let content: HTML

    init(_ id: StaticString, of calls: [ID], _ content: HTML) {
        self.id = id
        self.calls = calls
        self.content = content
    }

    var html: HTML {
        let ids = calls.isEmpty ? "*" : calls.map { URLPath.encoded($0.string) }.joined(separator: " ")
        return "<section id=\"\(HTML(stringLiteral: id))\" data-live=\"\(ids)\">\(content)</section>"
    }
}
