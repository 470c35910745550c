/// A volunteer's answer to an application: `status` of `volunteer_response` (contract section 2).
public enum ResponseStatus: String, CaseIterable, Sendable, Codable {
    /// The volunteer wants a spot.
    case accepted
    /// The volunteer does not want a spot, or gives it up.
    case declined
}
