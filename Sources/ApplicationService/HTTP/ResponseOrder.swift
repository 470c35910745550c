/// The order of an application's responses, where it is not that of the volunteers' ids; the raw value is that of the
/// query parameter `order`.
enum ResponseOrder: String, CaseIterable, Sendable {
    /// Those who wait in the order of the waiting list, followed by all others.
    case position

    /// The place of the first page.
    static func start(_ order: ResponseOrder?) -> MemberPlace {
        switch order {
        case .position: .waiting(after: .min)
        case nil: .anyone(after: "")
        }
    }
}
