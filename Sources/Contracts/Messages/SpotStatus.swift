/// `status` of a spot status record (contract section 2). The first two words are the customer's; we added the others.
/// additions.
public enum SpotStatus: String, CaseIterable, Sendable, Codable {
    /// A spot is available: with `expires_at` it is offered to this volunteer, without it anyone may take it.
    case available = "место доступно"
    /// The volunteer did not get a spot.
    case notChosen = "не выбрал"
    /// The volunteer has a spot.
    case confirmed = "подтверждено"
    /// The volunteer is on the waiting list, at `position`.
    case waiting = "в листе ожидания"
    /// The application was cancelled.
    case cancelled = "отменено"
    /// The response was refused; `reason` says why.
    case refused = "отклонено"
}
