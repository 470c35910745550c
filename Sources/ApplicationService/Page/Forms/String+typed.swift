import Foundation

extension String {
    /// Without the white space around it, which people do not see when they type.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Nil if it is empty.
    var nonempty: String? { isEmpty ? nil : self }
}
