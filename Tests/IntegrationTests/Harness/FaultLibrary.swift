import Foundation
import Testing

/// The C files in `Faults`, each a library that is preloaded into a service to make something fail or differ.
enum FaultLibrary {
    /// Compiles one of them, and returns where the library lies.
    static func compile(_ name: String, into folder: URL) async throws -> URL {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Faults/\(name).c")
        let library = folder.appending(path: "\(name).so")
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"]
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            compiler.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try compiler.run()
            } catch {
                compiler.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try #require(status == 0, "cc cannot compile \(source.path)")
        return library
    }
}
