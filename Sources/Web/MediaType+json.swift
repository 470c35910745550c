package import HTTPTypes
package import Hummingbird

extension MediaType {
    /// A body must say that it is `application/json`, in UTF-8 if it says in what (RFC 8259, 8.1 knows no other).
    /// - Throws: `unsupportedMediaType`, also when the request says nothing or says it twice.
    package static func requireJSON(in fields: HTTPFields) throws(Problem) {
        // What nearly everybody says needs no reading.
        if fields[.contentType] == "application/json" { return }
        let values = fields[values: .contentType]
        guard values.count == 1 else { throw notJSON }
        let parts = values[0][...].parts(by: ";")
        let hasOtherCharset = parts.dropFirst().contains { part in
            let (name, value) = part.parameter
            return name == "charset" && value?.lowercased() != "utf-8"
        }
        guard parts[0].lowercased() == "application/json", !hasOtherCharset else { throw notJSON }
    }

    private static let notJSON = Problem(.unsupportedMediaType, "Content-Type must be application/json, in UTF-8.")
}
