import Foundation

/// Writes the bundled documents as Swift source: `BundleSpecs SPECS-FOLDER OUTPUT-FILE`. The build runs it.
@main enum BundleSpecs {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw Bundler.Failure(description: "usage: BundleSpecs FOLDER FILE") }
        let source = try swiftSource(specs: URL(filePath: arguments[1]))
        try Data(source.utf8).write(to: URL(filePath: arguments[2]), options: .atomic)
    }

    static func swiftSource(specs: URL) throws -> String {
        var files: [String: [UInt8]] = [:]
        for folder in ["messages", "examples"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: specs.appending(path: folder).path)
            for name in names where name.hasSuffix(".json") {
                let path = "\(folder)/\(name)"
                files[path] = [UInt8](try Data(contentsOf: specs.appending(path: path)))
            }
        }
        let bundler = Bundler(files: files)
        let documents = try ["asyncapi", "openapi"].map { name in
            let yaml = try Data(contentsOf: specs.appending(path: "\(name).yaml"))
            return "    static let \(name) = \(try literal(bundler.json(of: [UInt8](yaml))))\n"
        }
        return "extension Specs {\n\(documents.joined())}\n"
    }

    /// A raw string literal. Compact JSON has no line breaks.
    private static func literal(_ json: [UInt8]) throws -> String {
        let text = String(decoding: json, as: UTF8.self)
        guard !text.contains("\"###"), !text.contains("\\###"), !text.contains(where: \.isNewline) else {
            throw Bundler.Failure(description: "a document does not fit a raw string literal")
        }
        return "###\"\(text)\"###"
    }
}
