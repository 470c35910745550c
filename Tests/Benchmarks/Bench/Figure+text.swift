import Foundation

extension Figure {
    /// A rate beside that of a reference.
    /// - Parameter ratio: nil for the quotient of the two. Of several rounds it is the median of their ratios.
    static func rate(_ name: String, _ perSecond: Double, reference: Double, ratio: Double? = nil) -> Figure {
        Figure(
            name: name, value: text(perSecond), reference: text(reference), ratio: ratio ?? perSecond / reference)
    }

    static func rate(_ name: String, _ perSecond: Double) -> Figure { plain(name, text(perSecond)) }

    /// Without a reference.
    static func plain(_ name: String, _ value: String) -> Figure {
        Figure(name: name, value: value, reference: "", ratio: nil)
    }

    private static func text(_ perSecond: Double) -> String { "\(Int(perSecond.rounded()).grouped)/s" }
}

extension Int {
    /// With commas between the thousands.
    var grouped: String {
        let digits = String(magnitude)
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

extension Double {
    /// With this number of digits after the point.
    func rounded(to digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
