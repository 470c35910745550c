import Contracts
import Foundation
import Hummingbird
import Web

/// Path parameters.
extension APIRequestContext {
    /// - Returns: the parameter, percent-decoded.
    /// - Throws: `not_found` if it cannot be decoded.
    func text(_ name: String) throws(Problem) -> String {
        guard let text = parameters.get(name) else { throw .notFound }
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        guard let decoded = text.removingPercentEncoding else { throw .notFound }
        return decoded
    }

    /// - Throws: `not_found` for an invalid id: no resource has it.
    func id(_ name: String = "id") throws(Problem) -> ID {
        guard let id = ID(validating: try text(name)) else { throw .notFound }
        return id
    }
}

extension Problem {
    /// For resources that do not exist and for those of other callers, which must be indistinguishable.
    static let notFound = Problem(.notFound, "No such resource.")
}
