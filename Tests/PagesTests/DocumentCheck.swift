/// Reads a document of ours and finds what would be wrong for a browser or for a person who cannot see it. It knows
/// only the HTML that `Pages` writes: lower-case tags, attributes in double quotes, and no end tag left out.
struct DocumentCheck {
    struct Element {
        var name: String
        var attributes: [String: String]
    }

    private(set) var elements: [Element] = []
    private(set) var faults: [String] = []
    /// The text outside of tags, with what screen readers are told by attributes.
    private(set) var text = ""
    private var open: [String] = []

    private static let void: Set<String> = ["meta", "link", "img", "input", "br"]

    init(_ document: String) {
        var rest = Substring(document)
        if rest.hasPrefix("<!DOCTYPE html>\n") { rest = rest.dropFirst(16) } else { faults.append("no DOCTYPE") }
        while let start = rest.firstIndex(of: "<") {
            text += rest[..<start] + " "
            guard let end = rest[start...].firstIndex(of: ">") else {
                faults.append("a tag without its end")
                return
            }
            tag(rest[rest.index(after: start)..<end])
            rest = rest[rest.index(after: end)...]
        }
        text += rest
        if !open.isEmpty { faults.append("not closed: \(open)") }
        check()
    }

    private mutating func tag(_ content: Substring) {
        if content.hasPrefix("/") {
            let name = String(content.dropFirst())
            if open.popLast() != name { faults.append("</\(name)> closes another element") }
            return
        }
        let name = String(content.prefix { $0 != " " })
        let attributes = attributes(content.dropFirst(name.count), of: name)
        elements.append(Element(name: name, attributes: attributes))
        for name in ["alt", "aria-label", "title", "data-news"] { text += (attributes[name] ?? "") + " " }
        if !Self.void.contains(name) { open.append(name) }
    }

    private mutating func attributes(_ content: Substring, of element: String) -> [String: String] {
        var rest = content
        var attributes: [String: String] = [:]
        while rest.first == " " {
            rest = rest.dropFirst()
            let name = String(rest.prefix { $0.isLetter || $0 == "-" || $0.isNumber })
            rest = rest.dropFirst(name.count)
            var value = ""
            if rest.hasPrefix("=\"") {
                value = String(rest.dropFirst(2).prefix { $0 != "\"" })
                rest = rest.dropFirst(value.count + 3)
            }
            if name.isEmpty || attributes.updateValue(value, forKey: name) != nil {
                faults.append("<\(element)> has a bad attribute: \(name)")
            }
        }
        if !rest.isEmpty { faults.append("<\(element)> has a bad end: \(rest)") }
        return attributes
    }

    private mutating func check() {
        let ids = elements.compactMap { $0.attributes["id"] }
        let known = Set(ids)
        if known.count != ids.count { faults.append("an id is used twice") }
        let labels = Set(elements.filter { $0.name == "label" }.compactMap { $0.attributes["for"] })
        for element in elements {
            let attributes = element.attributes
            for id in (attributes["aria-describedby"] ?? "").split(separator: " ") where !known.contains(String(id)) {
                faults.append("aria-describedby names no element: \(id)")
            }
            if let href = attributes["href"], href.hasPrefix("#"), !known.contains(String(href.dropFirst())) {
                faults.append("a link leads nowhere: \(href)")
            }
            if let list = attributes["list"], !known.contains(list) { faults.append("no list: \(list)") }
            if ["input", "select", "textarea"].contains(element.name), attributes["type"] != "hidden",
                !labels.contains(attributes["id"] ?? "")
            {
                faults.append("no label: \(attributes["name"] ?? "")")
            }
            // The policy of the page forbids them.
            if attributes.keys.contains(where: { $0 == "style" || $0.hasPrefix("on") }) || element.name == "style" {
                faults.append("inline style or script")
            }
            if attributes["http-equiv"] != nil || attributes["role"] == "alert" {
                faults.append("a page must not refresh itself or interrupt")
            }
        }
        for name in ["h1", "main", "title"] where elements.count(where: { $0.name == name }) != 1 {
            faults.append("not one <\(name)>")
        }
    }
}
