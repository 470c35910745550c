import Contracts

/// A page of a list.
struct PageJSON: JSONRepresentable {
    /// Each item as JSON.
    let items: [[UInt8]]
    /// The URL of the next page; nil after the last.
    let next: String?

    init(items: [[UInt8]], next: String?) {
        self.items = items
        self.next = next
    }

    init(items: [some JSONRepresentable], next: String?) {
        self.init(items: items.map { $0.encoded() }, next: next)
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        var array = [UInt8(ascii: "[")]
        array.reserveCapacity(items.reduce(2) { $0 + $1.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { array.append(UInt8(ascii: ",")) }
            array += item
        }
        array.append(UInt8(ascii: "]"))
        json.json(.items, array)
        json.field(.next, next)
    }
}
