/// `status` of a spot status record (contract section 2). The first two words are the customer's, the others ours.
public enum SpotStatus: String, CaseIterable, Sendable, Codable {
    /// A spot is to be had; with `expires_at` it is an offer to this volunteer, without, anyone may take it.
    case available = "место доступно"
    /// Did not get the spot.
    case notChosen = "не выбрал"
    /// Has a spot.
    case confirmed = "подтверждено"
    /// Is on the waiting list, at `position`.
    case waiting = "в листе ожидания"
    /// The application was cancelled.
    case cancelled = "отменено"
    /// The response was refused; `reason` says why.
    case refused = "отклонено"
}
