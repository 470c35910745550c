/// A table whose rows are shown as cards on phones. Roles are written out, because a table that is not laid out as one
/// loses them in some browsers.
struct DataTable {
    struct Column {
        var name: String
        var style: Style?

        enum Style: String {
            /// A text of several lines.
            case wide
            /// A date and a time.
            case time
            /// For notes on paper; it is not shown on a screen.
            case paper
        }

        init(_ name: String, _ style: Style? = nil) {
            self.name = name
            self.style = style
        }
    }

    let caption: String
    /// The first column has the heading of each row.
    let columns: [Column]
    private var rows = HTML()

    init(_ caption: String, _ columns: [Column]) {
        self.caption = caption
        self.columns = columns
    }

    /// - Parameter cells: those of all columns except the first.
    mutating func append(_ heading: HTML, _ cells: [HTML]) {
        let cells = zip(columns.dropFirst(), cells).map { column, content -> HTML in
            """
            <td role="cell" data-label="\(column.name)"\(attribute: "class", column.style?.rawValue)>\(content)</td>
            """
        }
        rows += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">\(heading)</th>\(cells)</tr>\n"
    }

    var html: HTML {
        let heads = columns.map { column -> HTML in
            """
            <th scope="col" role="columnheader"\(attribute: "class", column.style?.rawValue)>\(column.name)</th>
            """
        }
        return """
            <table class="table" role="table"><caption>\(caption)</caption>\
            <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>
            <tbody role="rowgroup">\(rows)</tbody></table>
            """
    }
}
