import Contracts

/// A page of a list.
struct PageJSON<Item: JSONRepresentable>: JSONRepresentable {
    let items: [Item]
    /// The URL of the next page; nil after the last.
    let next: String?

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.objects(.items, items) { $0.write(to: &$1) }
        json.field(.next, next)
    }
}
