package import HTTPTypes
package import Hummingbird

extension MediaType {
    /// Whether a client accepts the media type: without `Accept` any, otherwise one that it lists without `q=0`
    /// (RFC 9110 section 12.5.1).
    /// - Parameter type: in lower case, as in `text/html`.
    package static func accepts(_ type: String, in fields: HTTPFields) -> Bool {
        let values = fields[values: .accept]
        guard !values.isEmpty else { return true }
        let group = type.prefix { $0 != "/" } + "/*"
        return values.contains { value in
            value[...].elements(separatedBy: ",").contains { element in
                let parts = element.elements(separatedBy: ";")
                guard [type, String(group), "*/*"].contains(parts[0].lowercased()) else { return false }
                let quality = parts.dropFirst().map(\.parameter).first { $0.name == "q" }?.value
                return quality.flatMap { Double($0) } != 0
            }
        }
    }
}
