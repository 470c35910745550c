import Wording

extension Language {
    /// The language that a browser likes best of those that have texts (RFC 9110 section 12.5.4); nil if it names none
    /// of them.
    init?(acceptLanguage values: [String]) {
        var best: (language: Language, quality: Double)?
        for element in values.flatMap({ $0.split(separator: ",") }) {
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let tag = parts.first, let language = Language(parsing: tag) else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > best?.quality ?? 0 { best = (language, quality) }
        }
        guard let best else { return nil }
        self = best.language
    }
}
