package import HTTPTypes
package import Hummingbird

extension MediaType {
    /// Whether a client accepts gzip: it lists it without `q=0` (RFC 9110 section 12.5.3).
    package static func acceptsGzip(in fields: HTTPFields) -> Bool {
        fields[values: .acceptEncoding].contains { value in
            value[...].elements(separatedBy: ",").contains { element in
                let parts = element.elements(separatedBy: ";")
                guard parts[0].lowercased() == "gzip" else { return false }
                let quality = parts.dropFirst().map(\.parameter).first { $0.name == "q" }?.value
                return quality.flatMap { Double($0) } != 0
            }
        }
    }
}
