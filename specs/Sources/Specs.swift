import Contracts

/// What the house promises, as documents that stand by themselves: JSON without a `$ref` to anywhere else, as it is
/// served. They are written by hand, as YAML, beside this folder.
package enum Specs {
    /// `asyncapi.yaml` (AsyncAPI 3.0.0) with the schemas of all messages, in UTF-8, in the order it is written in.
    ///
    /// Made anew by each call, which takes some milliseconds: call once, at the start.
    /// - Throws: when the document is not YAML, or refers to what it does not have. Tests make sure that it does not.
    package static func asyncAPI() throws -> [UInt8] {
        try Bundler(files: schemas).json(of: PackageResources.asyncapi_yaml)
    }

    /// `openapi.yaml` (OpenAPI 3.1.0), in UTF-8, in the order it is written in.
    ///
    /// Made anew by each call, as ``asyncAPI()`` is.
    /// - Throws: when the document is not YAML, or refers to what it does not have. Tests make sure that it does not.
    package static func openAPI() throws -> [UInt8] {
        try Bundler(files: schemas).json(of: PackageResources.openapi_yaml)
    }

    /// The files that documents may refer to, by the path from a document.
    private static var schemas: [String: [UInt8]] {
        let schemas =
            Action.allCases.map { ($0.rawValue, $0.schema) }
            + RequestReplyMessage.Action.allCases.map { ($0.rawValue, $0.schema) }
        return Dictionary(uniqueKeysWithValues: schemas.map { ("messages/\($0).schema.json", $1) })
    }
}
