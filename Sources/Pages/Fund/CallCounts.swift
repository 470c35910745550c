import Wording

/// How full a call is: a bar, and the same in words.
struct CallCounts {
    let call: Call

    /// In one line, for lists: `12 of 15 spots taken · 3 free spots · 2 wait`.
    func line(in texts: PageTexts) -> HTML {
        let words = texts.words.fund.counts
        var parts: [String] = []
        if call.confirmed > call.spots {
            parts.append(
                words.overfull.filled([
                    "taken": String(call.confirmed), "spots": texts.counted(call.spots, texts.words.counts.spots),
                ]))
        } else {
            parts.append(texts.counted(call.spots, words.taken).filled(["taken": String(call.confirmed)]))
        }
        if call.status == .open {
            parts.append(call.freeSpots > 0 ? texts.counted(call.freeSpots, texts.words.counts.free) : words.noneFree)
        }
        parts.append(call.waiting > 0 ? texts.counted(call.waiting, texts.words.counts.waiting) : words.noneWaiting)
        return HTML(text: parts.joined(separator: " · ").capitalizedSentence)
    }

    /// The bar repeats the counts, so it is hidden from those who do not see it.
    var bar: HTML {
        let total = max(call.spots, call.confirmed, 1)
        let promised = call.promisedSpots
        return """
            <svg class="bar" viewBox="0 0 \(total) 1" preserveAspectRatio="none" aria-hidden="true">\
            <rect class="taken" width="\(call.confirmed)" height="1"></rect>\
            <rect class="promised" x="\(call.confirmed)" width="\(promised)" height="1"></rect></svg>
            """
    }

    /// Each count with what it means, and what the fund cannot know.
    func html(in texts: PageTexts) -> HTML {
        let words = texts.words.fund.counts
        let confirmedHint = texts.counted(call.spots, words.confirmedHint)
        let isOpen = call.status == .open
        return """
            <div class="card">
            <h2>\(words.heading)</h2>
            \(bar)
            <dl class="spots">
            \(stat(call.confirmed, words.confirmed, confirmedHint, kind: "taken"))
            \(isOpen ? stat(call.promisedSpots, words.promised, words.promisedHint, kind: "promised") : nil)
            \(isOpen ? stat(call.freeSpots, words.open, words.openHint, kind: "free") : nil)
            \(stat(call.waiting, words.waitingLabel, words.waitingHint, kind: nil))
            </dl>
            \(call.promisedSpots > 0 ? "<p class=\"hint\">\(words.offersHint)</p>" : nil)
            </div>
            """
    }

    private func stat(_ number: Int, _ label: String, _ hint: String, kind: String?) -> HTML {
        """
        <div\(attribute: "class", kind)><dt>\(label)</dt>\
        <dd><b>\(number)</b> <span class="hint">\(hint)</span></dd></div>
        """
    }
}
