import Pages
import Web

@testable import ApplicationService

extension FormBody {
    /// A form with these fields, as a browser sends it.
    init(_ values: [String: String]) throws {
        let fields = values.map { name, value in
            let sent = value.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
            return "\(URLPath.encoded(name))=\(URLPath.encoded(sent))"
        }
        try self.init(parsing: Array(fields.joined(separator: "&").utf8))
    }
}
