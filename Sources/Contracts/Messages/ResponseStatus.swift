/// A volunteer's answer to an application: `status` of `volunteer_response` (contract section 2).
public enum ResponseStatus: String, CaseIterable, Sendable, Codable {
    /// Wants to come.
    case accepted
    /// Does not come, or not any more.
    case declined
}
