import ApplicationDomain
import Contracts

/// Where a page of an application's members continues, in one of two orders: by the volunteers' ids, or those who wait
/// in the order of the waiting list, followed by all others by their ids.
enum MemberPlace: Sendable, Hashable {
    /// In the order of the ids, after this one.
    case anyone(after: String)
    /// Among those who wait, after the one with this `sequence`.
    case waiting(after: Int)
    /// Among those who do not wait, after this id.
    case others(after: String)

    /// The place after a member, in the same order.
    func after(_ member: Member) -> MemberPlace {
        let volunteer = member.volunteer.string
        return switch self {
        case .anyone: .anyone(after: volunteer)
        case .waiting, .others: member.sequence.map { .waiting(after: $0) } ?? .others(after: volunteer)
        }
    }
}

extension MemberPlace {
    /// The place as text, for a cursor.
    var text: String {
        switch self {
        case .anyone(let volunteer): "a\(volunteer)"
        case .waiting(let sequence): "w\(sequence)"
        case .others(let volunteer): "o\(volunteer)"
        }
    }

    /// Nil for a text that no ``text`` is.
    init?(parsing text: String) {
        // By bytes: an id may begin with a combining character, which a string joins to the letter.
        let rest = String(Substring(text.utf8.dropFirst()))
        switch text.utf8.first {
        case UInt8(ascii: "a"): self = .anyone(after: rest)
        case UInt8(ascii: "o"): self = .others(after: rest)
        case UInt8(ascii: "w"):
            guard let sequence = Int(rest) else { return nil }
            self = .waiting(after: sequence)
        default: return nil
        }
    }
}
