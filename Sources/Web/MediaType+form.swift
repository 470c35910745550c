package import HTTPTypes
package import Hummingbird

extension MediaType {
    /// Requires `Content-Type: application/x-www-form-urlencoded`, with any parameters: a form is always UTF-8.
    /// - Throws: `unsupportedMediaType`, also when the field is missing or occurs twice.
    package static func requireForm(in fields: HTTPFields) throws(Problem) {
        let values = fields[values: .contentType]
        guard values.count == 1,
            values[0][...].elements(separatedBy: ";").first?.lowercased() == "application/x-www-form-urlencoded"
        else {
            throw Problem(.unsupportedMediaType, "Content-Type must be application/x-www-form-urlencoded.")
        }
    }
}
