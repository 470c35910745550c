/// What became of the visitor's last command, at the top of a page's content. It belongs into a live region, so that it
/// finishes its sentence when the operation is over; the script looks again while one runs, because a command that
/// changes nothing is not heard of on the stream.
struct NoticeBanner {
    let notice: Notice

    func html(in context: PageContext) -> HTML {
        let words = context.texts.words
        let text = text(in: words.notice)
        let tone: Tone =
            switch notice {
            case .running: .wait
            case .done: .good
            case .refused: .bad
            }
        let refresh: HTML? =
            notice == .running ? " <a href=\"\(context.address)\">\(words.layout.refresh)</a>" : nil
        return """
            <div class="notice \(tone.rawValue)"\(flag: "data-running", if: notice == .running)>\
            <p><span id="notice" data-news="\(text)">\(text)</span>\(refresh)</p></div>
            """
    }

    private func text(in words: PageTexts.Words.Notice) -> String {
        switch notice {
        case .running: words.running
        case .done: words.done
        case .refused(let code): words.refused[code] ?? words.refusedUnknown
        }
    }
}
