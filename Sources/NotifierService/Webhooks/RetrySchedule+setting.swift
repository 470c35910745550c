import Contracts
import ServiceKit
import Webhooks

extension RetrySchedule {
    /// The most steps.
    private static let limit = 16

    /// Nil for a text that is not a list of positive durations such as `PT5S,PT5M`.
    init?(parsing text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let steps = parts.compactMap { try? ISODuration(parsing: String($0)).nominal }.filter { $0 > .zero }
        guard steps.count == parts.count, steps.count <= Self.limit else { return nil }
        self.init(steps: steps)
    }

    /// - Throws: `ConfigurationError`.
    init(_ reader: SettingsReader) throws(ConfigurationError) {
        self = try reader.value(
            .webhookSchedule, "positive ISO 8601 durations, \(Self.limit) at most, as in PT5S,PT5M,PT30M"
        ) { RetrySchedule(parsing: $0) }
    }
}

extension Setting {
    static let webhookSchedule = Setting(
        "WEBHOOK_SCHEDULE", default: "PT5S,PT5M,PT30M,PT2H,PT5H,PT10H,PT10H",
        "the time before each retry of a callback")
}
