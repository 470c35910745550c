/// The table of all figures, as GitHub Markdown.
struct Report: CustomStringConvertible {
    let machine: Machine
    let figures: [Figure]

    var description: String {
        let rows = figures.map { figure in
            let cells = [figure.name, figure.value, figure.reference, figure.ratio.map { $0.rounded(to: 2) } ?? ""]
            return "|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined()
        }
        return "\(machine)\n\n| figure | value | reference | ratio |\n|---|---|---|---|\n"
            + rows.joined(separator: "\n")
    }
}
