/// The API documents as they are served: JSON without a `$ref` to another document.
///
/// They are written by hand as YAML, with one JSON Schema per message, in the folder above. The build bundles them into
/// `Specs+documents.swift` (see `SpecsPlugin`).
package enum Specs {
    /// `asyncapi.yaml` (AsyncAPI 3.0.0) with the schemas of all messages, in UTF-8, with fields in the order of the
    /// YAML.
    package static let asyncAPI = [UInt8](asyncapi.utf8)

    /// `openapi.yaml` (OpenAPI 3.1.0), in UTF-8, with fields in the order of the YAML.
    package static let openAPI = [UInt8](openapi.utf8)
}
