package import HTTPTypes
package import Hummingbird

extension MediaType {
    /// Requires `Content-Type: application/json`, with `charset=utf-8` or none (RFC 8259 section 8.1).
    /// - Throws: `unsupportedMediaType`, also when the field is missing or occurs twice.
    package static func requireJSON(in fields: HTTPFields) throws(Problem) {
        // The usual value needs no parsing.
        if fields[.contentType] == "application/json" { return }
        let values = fields[values: .contentType]
        guard values.count == 1 else { throw notJSON }
        let parts = values[0][...].elements(separatedBy: ";")
        let hasOtherCharset = parts.dropFirst().contains { part in
            let (name, value) = part.parameter
            return name == "charset" && value?.lowercased() != "utf-8"
        }
        guard parts[0].lowercased() == "application/json", !hasOtherCharset else { throw notJSON }
    }

    /// Requires a body without a content coding such as gzip.
    /// - Throws: `unsupportedMediaType`, with the only coding in `Accept-Encoding` (RFC 9110 section 12.5.3).
    package static func requireNoContentCoding(in fields: HTTPFields) throws(Problem) {
        guard fields[values: .contentEncoding].allSatisfy({ $0.lowercased() == "identity" }) else {
            throw Problem(
                .unsupportedMediaType, "A body must have no Content-Encoding.",
                headers: [.acceptEncoding: "identity"])
        }
    }

    private static let notJSON = Problem(.unsupportedMediaType, "Content-Type must be application/json, in UTF-8.")
}
