import Foundation

/// Prints the results of a check, one line each.
struct ReceiverCheckReport {
    let asJSON: Bool

    private struct Line: Encodable {
        let delivery: String
        let ok: Bool
        let expected: String
        let answer: String
        let milliseconds: Int
        let advice: String?
    }

    func line(_ result: ReceiverCheck.Result) -> String {
        let milliseconds = Int((result.time / .milliseconds(1)).rounded())
        let (probe, fault) = (result.probe, result.fault)
        guard asJSON else {
            return """
                \(fault == nil ? "ok  " : "FAIL")  \(Self.column(probe.name, 20))  \
                expected \(probe.expectation.rawValue), got \(Self.column(result.answer, 3))  \
                \(Self.column("\(milliseconds) ms", 8))\(fault.map { "  " + $0 } ?? "")
                """.trimmingCharacters(in: .whitespaces)
        }
        let line = Line(
            delivery: probe.name, ok: fault == nil, expected: probe.expectation.rawValue, answer: result.answer,
            milliseconds: milliseconds, advice: fault)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
}
