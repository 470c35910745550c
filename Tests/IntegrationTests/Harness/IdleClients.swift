import Foundation
import TestSupport

/// Clients that connect and send nothing, as a process of their own: the descriptors of the tests' process are few, and
/// Foundation cannot start processes when more than a thousand are open.
final class IdleClients {
    private let process = Process()
    /// The shell reads from it until it is terminated.
    private let input = Pipe()
    private let output: URL

    /// Connects them. Throws if the server does not accept them all.
    init(_ count: Int, to port: Int, folder: URL) async throws {
        let script = """
            ulimit -n "$(ulimit -Hn)"
            for ((i = 0; i < \(count); i++)); do exec {fd}<>/dev/tcp/127.0.0.1/\(port) || exit 1; done
            echo connected
            read -r
            """
        output = folder.appending(path: "idle-\(UUID().uuidString.prefix(8))")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let out = try FileHandle(forWritingTo: output)
        defer { try? out.close() }
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", script]
        process.standardInput = input
        process.standardOutput = out
        try process.run()
        try await eventually("\(count) idle clients are connected") { [output] in
            try String(contentsOf: output, encoding: .utf8) == "connected\n"
        }
    }

    func end() {
        process.terminate()
        try? FileManager.default.removeItem(at: output)
    }
}
