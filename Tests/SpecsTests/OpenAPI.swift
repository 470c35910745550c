import Specs

/// The document as it is served, with its `$ref`s resolved.
struct OpenAPI: Sendable {
    /// Parsed once for all tests.
    static let served = Result { try OpenAPI() }

    struct Operation: Sendable {
        let path: String
        let method: String
        let id: String
        /// Its own parameters and those of its path.
        let parameters: [JSON]
        /// By status code.
        let responses: [String: JSON]
        let json: JSON

        /// Whether it is a command, with an operation to poll.
        /// Whether it is answered with an operation, asynchronously.
        var isCommand: Bool { responses["202"]?["links"]?["operation"] != nil }
        /// Whether it requires authentication.
        var isProtected: Bool { json["security"] == nil }

        func parameters(in place: String) -> Set<String> {
            Set(parameters.filter { $0["in"] == .string(place) }.compactMap { $0["name"]?.string })
        }
    }

    let root: JSON
    let operations: [Operation]
    let schemas: [String: JSON]

    init() throws {
        let root = try JSON(Specs.openAPI)
        self.root = root
        schemas = root["components"]?["schemas"]?.object ?? [:]
        operations = (root["paths"]?.object ?? [:]).flatMap { path, item in
            (item.object ?? [:]).filter { $0.key != "parameters" }.map { method, json in
                let parameters = [item, json].flatMap { $0["parameters"]?.array ?? [] }
                return Operation(
                    path: path, method: method, id: json["operationId"]?.string ?? "",
                    parameters: parameters.map { Self.follow($0, in: root) },
                    responses: (json["responses"]?.object ?? [:]).mapValues { Self.follow($0, in: root) }, json: json)
            }
        }
    }

    func follow(_ json: JSON) -> JSON { Self.follow(json, in: root) }

    private static func follow(_ json: JSON, in root: JSON) -> JSON {
        guard let target = json.reference, let found = root.at(target.dropFirst()) else { return json }
        return follow(found, in: root)
    }
}
