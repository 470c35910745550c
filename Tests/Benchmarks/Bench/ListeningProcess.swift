import Foundation

/// A process that a benchmark has not started, and that listens on a TCP port of this machine: the broker's Erlang VM.
struct ListeningProcess {
    let id: Int32

    init(port: Int) throws {
        let sockets = Set(try ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { try Self.sockets(in: $0, port: port) })
        guard let id = Self.processes.first(where: { !sockets.isDisjoint(with: Self.openFiles(of: $0)) }) else {
            throw BenchError("no process that this user may inspect listens on port \(port)")
        }
        self.id = id
    }

    /// - Parameter url: an AMQP URL with a port.
    init(url: String) throws {
        guard let port = URLComponents(string: url)?.port else { throw BenchError("the broker's URL has no port") }
        try self.init(port: port)
    }

    /// CPU time so far, user and system, in seconds.
    var cpuSeconds: Double { Measure.cpuSeconds(of: id) }

    /// The sockets that listen on the port, as links in `/proc/PID/fd` name them.
    private static func sockets(in file: String, port: Int) throws -> [String] {
        // A machine without IPv6 has no `tcp6`.
        guard let handle = FileHandle(forReadingAtPath: file) else { return [] }
        defer { try? handle.close() }
        // The kernel returns a few lines at a time, which other ways of reading a file take for its end.
        var table = Data()
        while let part = try handle.read(upToCount: 1 << 16), !part.isEmpty { table += part }
        let suffix = String(format: ":%04X", port)
        return String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let isListening = fields.count > 9 && fields[1].hasSuffix(suffix) && fields[3] == "0A"
            return isListening ? "socket:[\(fields[9])]" : nil
        }
    }

    private static var processes: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// Empty for a process of another user.
    private static func openFiles(of process: Int32) -> [String] {
        let folder = "/proc/\(process)/fd"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
    }
}
