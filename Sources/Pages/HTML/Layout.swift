import Wording

/// What all pages share: the head, the navigation and the footer.
struct Layout {
    let title: String
    let main: HTML

    func html(in context: PageContext) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="\(context.texts.language.rawValue)"><head><meta charset="utf-8">
        <title>\(title)</title></head>
        <body><main>\(main)</main></body></html>
        """
    }
}
