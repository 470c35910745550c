/// How far a delivery has come, as the query parameter `state` of a list selects it.
enum DeliveryState: String, CaseIterable, Sendable {
    case pending
    case delivered
    case failed
    case skipped
}
