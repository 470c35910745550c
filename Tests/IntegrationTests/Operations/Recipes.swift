import Foundation

/// The recipes of specs/operations.md, and a shell that runs their commands.
struct Recipes {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Folder of the checkout.
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The blocks of commands, by the recipe's heading.
    let blocks: [String: [String]]

    init() throws {
        let text = try String(contentsOf: Self.root.appending(path: "specs/operations.md"), encoding: .utf8)
        blocks = Self.blocks(in: text)
    }

    static func blocks(in text: String) -> [String: [String]] {
        var blocks: [String: [String]] = [:]
        var heading = ""
        var block: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = block {
                if line == "```" {
                    blocks[heading]?.append(lines.joined(separator: "\n"))
                    block = nil
                } else {
                    block = lines + [line]
                }
            } else if line.hasPrefix("### ") {
                heading = String(line.dropFirst(4))
                blocks[heading] = []
            } else if line == "```sh" {
                block = []
            }
        }
        return blocks
    }

    /// Whether it is on the PATH.
    static func hasCommand(_ name: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// Runs one of a recipe's blocks in bash, in the checkout, which ends at the first command that fails.
    /// - Parameters:
    ///   - variables: those of the recipes.
    ///   - replacing: addresses and the like that differ from an installation's.
    /// - Returns: its output, also that of errors.
    @discardableResult
    func run(
        _ heading: String, block index: Int = 0, _ variables: [String: String], replacing: [String: String] = [:]
    ) async throws -> String {
        var script = try script(heading, index)
        for (text, other) in replacing { script = script.replacingOccurrences(of: text, with: other) }
        return try await Self.bash(script, variables)
    }

    /// Starts one of a recipe's blocks, whose command goes on until it is stopped. It becomes the process itself.
    func start(
        _ heading: String, block index: Int = 0, command: String, _ variables: [String: String]
    ) throws -> Process {
        let script = try script(heading, index)
        let process = Self.shell(script.replacingOccurrences(of: command, with: "exec " + command), variables)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func script(_ heading: String, _ index: Int) throws -> String {
        guard let blocks = blocks[heading], blocks.indices.contains(index) else {
            throw Failure(description: "specs/operations.md has no block \(index) under \(heading)")
        }
        return blocks[index]
    }

    private static func shell(_ script: String, _ variables: [String: String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = root
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    static func bash(_ script: String, _ variables: [String: String]) async throws -> String {
        let process = shell(script, variables)
        let file = FileManager.default.temporaryDirectory.appending(path: "recipe-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        process.standardOutput = output
        process.standardError = output
        let code: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let text = try String(contentsOf: file, encoding: .utf8)
        guard code == 0 else { throw Failure(description: "exit \(code) of\n\(script)\n\(text)") }
        return text
    }
}
