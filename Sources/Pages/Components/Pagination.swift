/// The link to the next page of a list.
struct Pagination {
    /// The address of the next page.
    let next: String?

    /// Nil on the last page.
    func html(in context: PageContext) -> HTML? {
        next.map {
            "<p class=\"pages\"><a class=\"button quiet\" href=\"\($0)\" rel=\"next\">\(context.texts.words.layout.nextPage)</a></p>"
        }
    }
}
