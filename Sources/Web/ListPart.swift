package import Hummingbird

/// What one partition has for a page of a list over all partitions: items as JSON, each with its place in the
/// partition.
///
/// Between processes it travels as lines of place, tab and JSON, which has neither tabs nor line feeds. A last line
/// without a place names the end.
package struct ListPart: Sendable, Hashable {
    package struct Item: Sendable, Hashable {
        package let place: String
        package let json: [UInt8]

        package init(place: String, json: [UInt8]) {
            self.place = place
            self.json = json
        }
    }

    /// In the order of the list.
    package var items: [Item] = []
    /// The place of the last row that was read, if others may follow.
    package var end: String?

    /// The length from which a part of another process ends early, so that a page of long descriptions from many
    /// partitions stays small.
    static let maxBytes = 1 << 20

    package init(items: [Item] = [], end: String? = nil) {
        self.items = items
        self.end = end
    }

    /// Nil for a text that no ``encoded()`` is.
    package init?(parsing text: String) {
        self.init()
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
            let (place, rest) = (String(Substring(line[..<tab])), line[line.index(after: tab)...])
            if place.isEmpty {
                end = String(Substring(rest))
            } else {
                items.append(Item(place: place, json: Array(rest)))
            }
        }
    }

    package func encoded() -> [UInt8] {
        var lines: [UInt8] = []
        for item in items {
            lines += item.place.utf8
            lines.append(UInt8(ascii: "\t"))
            lines += item.json
            lines.append(UInt8(ascii: "\n"))
        }
        if let end { lines += "\t\(end)\n".utf8 }
        return lines
    }

    /// The part without what exceeds ``maxBytes``, but with one item at least: it ends after the last item that is
    /// left.
    package func bounded() -> ListPart {
        var bytes = 0
        for (index, item) in items.enumerated() {
            bytes += item.json.count
            guard bytes > Self.maxBytes, index > 0 else { continue }
            return ListPart(items: Array(items[..<index]), end: items[index - 1].place)
        }
        return self
    }

    /// The media type of ``encoded()``.
    package static let contentType = "text/tab-separated-values; charset=utf-8"

    package func response() -> Response {
        Response(
            status: .ok, headers: [.contentType: Self.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bounded().encoded())))
    }
}
