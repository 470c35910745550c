/// Links that show a part of a list, such as the open calls only.
struct FilterLinks {
    struct Item {
        var name: String
        var address: String
        var isCurrent: Bool
    }

    /// What the links are for.
    let label: String
    let items: [Item]

    var html: HTML {
        let links = items.map { item -> HTML in
            """
            <li><a href="\(item.address)"\(attribute: "aria-current", item.isCurrent ? "true" : nil)>\
            \(item.name)</a></li>
            """
        }
        return "<nav aria-label=\"\(label)\"><ul class=\"filters\">\(links)</ul></nav>"
    }
}
