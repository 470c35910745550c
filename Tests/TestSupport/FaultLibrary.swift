package import Foundation

/// The C files in `Faults`. Each becomes a library that is preloaded into a service to inject a fault.
package enum FaultLibrary {
    private struct CannotCompile: Error, CustomStringConvertible {
        let source: String
        var description: String { "cc failed to compile \(source)" }
    }

    /// Compiles one of them and returns the path of the library.
    package static func compile(_ name: String, into folder: URL) async throws -> URL {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
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
        guard status == 0 else { throw CannotCompile(source: source.path) }
        return library
    }
}
