/// The link to the next page of a list.
struct Pagination {
    /// The address of the next page.
    let next: String?

    /// Nil on the last page.
    func html(in context: PageContext) -> HTML? {
        guard let next else { return nil }
        let name = context.texts.words.layout.nextPage
        return "<p class=\"pages\"><a class=\"button quiet\" href=\"\(next)\" rel=\"next\">\(name)</a></p>"
    }
}
