/// Names and values, such as when a call takes place.
struct FactList {
    private var items = HTML()

    mutating func append(_ name: String, _ value: HTML) {
        items += "<div><dt>\(name)</dt><dd>\(value)</dd></div>"
    }

    mutating func append(_ name: String, _ value: String) { append(name, HTML(text: value)) }

    var html: HTML { "<dl class=\"facts\">\(items)</dl>" }

    /// The same for a few numbers, side by side.
    var numbers: HTML { "<dl class=\"stats\">\(items)</dl>" }
}
