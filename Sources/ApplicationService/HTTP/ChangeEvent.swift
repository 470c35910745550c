import Contracts
import Foundation

/// What one process tells another of its changes.
enum ChangeEvent: Sendable, Hashable {
    /// `{"application": "456", "fund": "123"}`: the application has changed, or one of its members has.
    case change(ApplicationChanges.Change)
    /// `{"ring": 1795780800000000}`: anything may have changed. The ids are those of this ring.
    case anything(ring: Int64)

    private struct Fields: Codable {
        var application: String?
        var fund: String?
        var ring: Int64?
    }

    /// Nil for what is no such event.
    init?(parsing json: [UInt8]) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(json)) else { return nil }
        if let ring = fields.ring {
            self = .anything(ring: ring)
        } else if let application = fields.application.flatMap(ID.init(validating:)),
            let fund = fields.fund.flatMap(ID.init(validating:))
        {
            self = .change(ApplicationChanges.Change(application: application, fund: fund))
        } else {
            return nil
        }
    }

    /// On one line, because JSON escapes line feeds.
    func encoded() -> [UInt8] {
        let fields =
            switch self {
            case .change(let change): Fields(application: change.application.string, fund: change.fund.string)
            case .anything(let ring): Fields(ring: ring)
            }
        // Strings and an integer: encoding them cannot fail.
        return (try? JSONEncoder().encode(fields)).map { [UInt8]($0) } ?? []
    }
}
