import Yams

/// Makes one document of several. A file that a `$ref` names comes to stand under `components/schemas`, by its name up
/// to the first dot, and the `$ref` points there.
struct Bundler {
    /// Why a document cannot be made whole.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// By their paths from the document. JSON is read as the YAML that it is.
    private let files: [String: [UInt8]]
    /// The files that were referred to, each once.
    private var needed: [String] = []

    init(files: [String: [UInt8]]) { self.files = files }

    /// - Parameter yaml: the document, in UTF-8.
    /// - Returns: JSON in UTF-8, in the order of the YAML.
    func json(of yaml: [UInt8]) throws -> [UInt8] {
        var bundler = self
        var json = ""
        try bundler.whole(yaml).write(to: &json)
        return [UInt8](json.utf8)
    }

    private mutating func whole(_ yaml: [UInt8]) throws -> Node {
        var document = try rewritten(Self.read(yaml, as: "the document"), in: nil)
        var components = document["components"] ?? Node([(Node, Node)]())
        var schemas = components["schemas"] ?? Node([(Node, Node)]())
        // A schema may refer to further files.
        var count = 0
        while count < needed.count {
            let path = needed[count]
            count += 1
            guard let file = files[path] else { throw Failure(description: "\(path) is not among the files") }
            let schema = try rewritten(Self.read(file, as: path), in: path)
            let name = Self.name(of: path)
            guard schemas[name] == nil else { throw Failure(description: "there are two schemas called \(name)") }
            schemas[name] = Self.withoutIdentity(schema)
        }
        components["schemas"] = schemas
        document["components"] = components
        return document
    }

    /// - Parameter home: the path of the file that the node stands in; nil for the document itself.
    private mutating func rewritten(_ node: Node, in home: String?) throws -> Node {
        switch node {
        case .scalar, .alias:
            return node
        case .sequence(let items):
            return Node(try items.map { try rewritten($0, in: home) })
        case .mapping(let pairs):
            return Node(
                try pairs.map { key, value in
                    guard key.string == "$ref", let target = value.scalar?.string else {
                        return (key, try rewritten(value, in: home))
                    }
                    return (key, Node(try reference(target, in: home), Tag(.str)))
                })
        }
    }

    /// Where a `$ref` points when all is one document.
    private mutating func reference(_ target: String, in home: String?) throws -> String {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let fragment = parts.count > 1 ? parts[1] : ""
        guard fragment.isEmpty || fragment.hasPrefix("/") else {
            throw Failure(description: "\(target) is no JSON pointer (RFC 6901)")
        }
        let folder = home?.lastIndex(of: "/").map { home?.prefix(through: $0) ?? "" } ?? ""
        guard let path = parts[0].isEmpty ? home : "\(folder)\(parts[0])" else { return target }
        if !needed.contains(path) { needed.append(path) }
        return "#/components/schemas/\(Self.name(of: path))\(fragment)"
    }

    /// Inside of a document `$id` and `$schema` would say that another one begins, in which `$ref`s were looked up.
    private static func withoutIdentity(_ schema: Node) -> Node {
        let pairs = schema.mapping?.filter { !["$id", "$schema"].contains($0.key.string) } ?? []
        return Node(pairs.map { ($0.key, $0.value) })
    }

    private static func read(_ text: [UInt8], as name: String) throws -> Node {
        guard let node = try compose(yaml: String(decoding: text, as: UTF8.self)), case .mapping = node else {
            throw Failure(description: "\(name) is no mapping")
        }
        return node
    }

    /// `create_volunteer_application` of `messages/create_volunteer_application.schema.json`
    private static func name(of path: String) -> String {
        String((path.split(separator: "/").last ?? "").prefix { $0 != "." })
    }
}
