/// One page: its title and its content. ``document(in:)`` puts them into the layout that all pages share.
package protocol Page: Sendable {
    /// For `<title>`, without the product's name.
    func title(in context: PageContext) -> String
    /// The content of `<main>`.
    func main(in context: PageContext) -> HTML
}

extension Page {
    /// The whole document, in UTF-8.
    package func document(in context: PageContext) -> [UInt8] {
        Layout(title: title(in: context), main: main(in: context)).html(in: context).utf8
    }
}
