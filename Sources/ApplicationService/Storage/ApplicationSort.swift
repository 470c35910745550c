import ApplicationDomain
import Contracts

/// The order of a list of applications; the raw values are those of the query parameter `sort`.
enum ApplicationSort: String, CaseIterable, Sendable {
    case byStart = "starts_at"
    case byStartDescending = "-starts_at"
    case byCreation = "created_at"
    case byCreationDescending = "-created_at"

    enum Key: Sendable {
        case start, creation
    }

    var key: Key {
        switch self {
        case .byStart, .byStartDescending: .start
        case .byCreation, .byCreationDescending: .creation
        }
    }

    var isDescending: Bool {
        switch self {
        case .byStart, .byCreation: false
        case .byStartDescending, .byCreationDescending: true
        }
    }

    /// What the list is sorted by, as the column holds it. Applications of earlier versions, which did not record the
    /// creation, come before all others.
    func value(of application: VolunteerApplication) -> Int64 {
        switch key {
        case .start: application.startsAt.milliseconds
        case .creation: application.createdAt?.milliseconds ?? 0
        }
    }

    /// Whether `a` comes before `b` in a list.
    func precedes(_ a: ApplicationPosition, _ b: ApplicationPosition) -> Bool {
        isDescending ? b < a : a < b
    }
}
