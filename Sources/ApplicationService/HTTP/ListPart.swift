import Contracts
import Hummingbird
import Web

/// What one partition has for a page of a list over all partitions: items as JSON, each with its place in the
/// partition.
///
/// Between processes it travels as lines of place, tab and JSON, which has neither tabs nor line feeds. A last line
/// without a place names the end.
struct ListPart: Sendable, Hashable {
    struct Item: Sendable, Hashable {
        let place: String
        let json: [UInt8]
    }

    /// In the order of the list.
    var items: [Item] = []
    /// The place of the last row that was read, if others may follow.
    var end: String?

    /// The length from which a part of another process ends early, so that a page of long descriptions from many
    /// partitions stays small.
    static let maxBytes = 1 << 20

    init(items: [Item] = [], end: String? = nil) {
        self.items = items
        self.end = end
    }

    /// Nil for a text that no ``encoded()`` is.
    init?(parsing text: String) {
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

    func encoded() -> [UInt8] {
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
    func bounded() -> ListPart {
        var bytes = 0
        for (index, item) in items.enumerated() {
            bytes += item.json.count
            guard bytes > Self.maxBytes, index > 0 else { continue }
            return ListPart(items: Array(items[..<index]), end: items[index - 1].place)
        }
        return self
    }

    func response() -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/tab-separated-values; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bounded().encoded())))
    }
}
