import Foundation
import Testing

@testable import ApplicationService

/// Compares answers with the examples of the OpenAPI document, one per file in `specs/examples`. With the environment
/// variable `RECORD_EXAMPLES` it writes the files instead.
final class ExampleRecorder {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "specs/examples")
    private static let isRecording = ProcessInfo.processInfo.environment["RECORD_EXAMPLES"] != nil

    private var names: Set<String> = []

    /// - Parameters:
    ///   - name: of the file.
    ///   - summary: what the answer shows.
    ///   - operation: what was asked; nil for what has no operation.
    func check(
        _ name: String, _ summary: String, _ operation: Route?, status: Int, body: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        names.insert(name)
        let asked = operation.map { "\"x-operation\":\"\($0.rawValue)\"," } ?? ""
        let example = Self.indented(
            "{\"summary\":\"\(summary)\",\(asked)\"x-status\":\(status),\"value\":\(Self.fixed(body))}")
        let file = Self.folder.appending(path: "\(name).json")
        if Self.isRecording {
            try example.write(to: file, atomically: true, encoding: .utf8)
        } else {
            let documented = try? String(contentsOf: file, encoding: .utf8)
            #expect(example == documented, "the example \(name): see specs/examples", sourceLocation: sourceLocation)
        }
    }

    func check(
        _ name: String, _ summary: String, _ operation: Route?, _ answer: APIClient.Response,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try check(
            name, summary, operation, status: answer.status, body: answer.body, sourceLocation: sourceLocation)
    }

    /// That no example is left that nothing answers any more; when recording, those are removed.
    func finish() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
        for file in files where !names.contains(file.deletingPathExtension().lastPathComponent) {
            if Self.isRecording {
                try FileManager.default.removeItem(at: file)
            } else {
                Issue.record("\(file.lastPathComponent) is not recorded by any test")
            }
        }
    }

    // MARK: - Text

    /// With constants for what differs between runs: ids that are assigned, cursors, and instants of the present.
    private static func fixed(_ body: String) -> String {
        body.replacing(/p00-[0-9a-f]{32}/) { _ in "p00-3f2b8c0d5e6a47918c2d1e0f9a8b7c6d" }
            .replacing(/"id":\d{16}/) { _ in "\"id\":1795253472250000" }
            .replacing(/"ticket":"[^"]+"/) { _ in "\"ticket\":\"p00-\(String(repeating: "t", count: 43))\"" }
            .replacing(/"url":"[^"]+\/enter\/[^"]+"/) { _ in "\"url\":\"\(entryURL)\"" }
            .replacing(/test-[0-9a-f]{32}/) { _ in "test-3f2b8c0d5e6a47918c2d1e0f9a8b7c6d" }
            .replacing(/"duration_ms":\d+/) { _ in "\"duration_ms\":3" }
            .replacing(/cursor=[^"&]+/) { _ in "cursor=MTAxMQ" }
            .replacing(/"(?<field>\w+)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z"/) { match in
                switch match.field {
                case "starts_at", "ends_at": String(match.0)
                case "offer_expires_at", "previous_secret_until": "\"\(match.field)\":\"2026-11-22T09:31:12.250Z\""
                default: "\"\(match.field)\":\"2026-11-21T09:31:12.250Z\""
                }
            }
    }

    /// It says that volunteer 789 enters, but nothing has signed it.
    private static let entryURL =
        "https://volunteers.example.org/enter/MTc5NTI1MzUzMjI1MCB2b2x1bnRlZXI6Nzg5Ci9hcHBsaWNhdGlvbnMvNDU2"
        + "CmRHaHBjeUJwY3lCaElHNXZibU5sSVE.ct-_WM6A3Uxe4rRuXrvpuRkVePaGaSvkEv0YKF5M-1Q"

    /// Compact JSON with line breaks and indentation, its fields in the same order.
    private static func indented(_ json: String) -> String {
        var text = ""
        var depth = 0
        var isString = false
        var isEscaped = false
        func lineBreak() -> String { "\n" + String(repeating: "  ", count: depth) }
        for character in json.unicodeScalars {
            if isString {
                text.unicodeScalars.append(character)
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isString = false
                }
                continue
            }
            switch character {
            case "{", "[":
                depth += 1
                text += "\(character)\(lineBreak())"
            case "}", "]":
                depth -= 1
                text += "\(lineBreak())\(character)"
            case ",": text += ",\(lineBreak())"
            case ":": text += ": "
            default:
                isString = character == "\""
                text.unicodeScalars.append(character)
            }
        }
        return text + "\n"
    }
}
