/// One page of a list.
struct Page<Item: Sendable>: Sendable {
    var items: [Item] = []
    /// Where the next page begins; nil after the last.
    var next: PageCursor?
}
