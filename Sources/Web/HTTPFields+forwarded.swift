package import Contracts
package import HTTPTypes

extension HTTPFields {
    /// The header fields of a request or an answer that another process has passed on; without those whose names HTTP
    /// does not allow.
    package init(_ forwarded: [ForwardedField]) {
        self.init()
        for field in forwarded {
            guard let name = HTTPField.Name(field.name) else { continue }
            append(HTTPField(name: name, value: field.value))
        }
    }

    /// To be passed on to another process.
    package var forwarded: [ForwardedField] { map { ForwardedField(name: $0.name.rawName, value: $0.value) } }
}
