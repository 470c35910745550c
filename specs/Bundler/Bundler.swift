import Yams

/// Bundles several files into one document: each file that a `$ref` names becomes a schema under `components/schemas`,
/// named for the file up to the first dot, and the `$ref` points there. A file in `examples/` replaces its `$ref`.
struct Bundler {
    /// Why files cannot be bundled.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// By path, relative to the document. JSON is parsed as YAML, of which it is a subset.
    private let files: [String: [UInt8]]
    /// The paths of the referenced files, each once.
    private var referenced: [String] = []

    init(files: [String: [UInt8]]) { self.files = files }

    /// - Parameter yaml: the document, in UTF-8.
    /// - Returns: JSON in UTF-8, with fields in the order of the YAML.
    func json(of yaml: [UInt8]) throws -> [UInt8] {
        var bundler = self
        var json = ""
        try bundler.bundle(yaml).write(to: &json)
        return [UInt8](json.utf8)
    }

    private mutating func bundle(_ yaml: [UInt8]) throws -> Node {
        var document = try resolved(Self.parse(yaml, name: "the document"), in: nil)
        var components = document["components"] ?? Node([(Node, Node)]())
        var schemas = components["schemas"] ?? Node([(Node, Node)]())
        // A schema may reference further files, which are appended during the loop.
        var count = 0
        while count < referenced.count {
            let path = referenced[count]
            count += 1
            guard let file = files[path] else { throw Failure(description: "no such file: \(path)") }
            let schema = try resolved(Self.parse(file, name: path), in: path)
            let name = Self.schemaName(of: path)
            guard schemas[name] == nil else { throw Failure(description: "duplicate schema: \(name)") }
            schemas[name] = Self.withoutIdentity(schema)
        }
        components["schemas"] = schemas
        document["components"] = components
        return document
    }

    /// - Parameter path: the file that contains the node; `nil` for the document itself.
    private mutating func resolved(_ node: Node, in path: String?) throws -> Node {
        switch node {
        case .scalar, .alias:
            return node
        case .sequence(let items):
            return Node(try items.map { try resolved($0, in: path) })
        case .mapping(let pairs):
            if pairs.count == 1, let target = node["$ref"]?.string, target.hasPrefix("examples/") {
                guard let file = files[target] else { throw Failure(description: "no such file: \(target)") }
                return try Self.parse(file, name: target)
            }
            return Node(
                try pairs.map { key, value in
                    guard key.string == "$ref", let target = value.scalar?.string else {
                        return (key, try resolved(value, in: path))
                    }
                    return (key, Node(try reference(target, in: path), Tag(.str)))
                })
        }
    }

    /// The target of a `$ref` in the bundled document.
    private mutating func reference(_ target: String, in path: String?) throws -> String {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let fragment = parts.count > 1 ? parts[1] : ""
        guard fragment.isEmpty || fragment.hasPrefix("/") else {
            throw Failure(description: "not a JSON pointer (RFC 6901): \(target)")
        }
        let folder = path?.lastIndex(of: "/").map { path?.prefix(through: $0) ?? "" } ?? ""
        guard let file = parts[0].isEmpty ? path : "\(folder)\(parts[0])" else { return target }
        if !referenced.contains(file) { referenced.append(file) }
        return "#/components/schemas/\(Self.schemaName(of: file))\(fragment)"
    }

    /// Within a document, `$id` and `$schema` would begin another one, in which `$ref`s would be resolved.
    private static func withoutIdentity(_ schema: Node) -> Node {
        let pairs = schema.mapping?.filter { !["$id", "$schema"].contains($0.key.string) } ?? []
        return Node(pairs.map { ($0.key, $0.value) })
    }

    private static func parse(_ text: [UInt8], name: String) throws -> Node {
        guard let node = try compose(yaml: String(decoding: text, as: UTF8.self)), case .mapping = node else {
            throw Failure(description: "not a mapping: \(name)")
        }
        return node
    }

    /// `create_volunteer_application` for `messages/create_volunteer_application.schema.json`
    private static func schemaName(of path: String) -> String {
        String((path.split(separator: "/").last ?? "").prefix { $0 != "." })
    }
}
