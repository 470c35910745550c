import Contracts
import Foundation
import Synchronization

/// The Unix socket in `DATA_DIR` through which subcommands reach a running service: one command per connection, one
/// line of JSON each way. Only the file's owner can connect.
struct AdminSocket: Sendable {
    let path: String
    /// Ends a command that takes long, because the service stops.
    let interrupt: @Sendable () -> Void
    /// Blocks until the command is done.
    let handle: @Sendable (AdminCommand) -> AdminResponse

    /// The maximum length of a command, in bytes; the longest is well under 200.
    private static let commandLimit = 4096
    /// How long a read or a write may block before the connection is closed.
    private static let timeoutSeconds = 5

    /// The socket of this partition in `directory`.
    static func path(of address: Address, in directory: String) -> String {
        "\(directory)/\(address.service.rawValue)-\(address.partition.name).sock"
    }

    /// Until it is cancelled.
    func run() async throws {
        let server = try Self.listen(at: path)
        let ownFile = Self.fileNumber(of: path)
        let open = OpenSockets(server: server)
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                // Accepting, reading and writing block, so they have their own thread; shutting the sockets down ends
                // it.
                let thread = Thread {
                    serve(server, open)
                    continuation.resume()
                }
                thread.name = "subcommands"
                thread.start()
            }
        } onCancel: {
            open.shutDown()
            interrupt()
        }
        close(server)
        // Another process that has taken the partition has its own socket there.
        if Self.fileNumber(of: path) == ownFile { unlink(path) }
    }

    private static func fileNumber(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    private func serve(_ server: Int32, _ open: OpenSockets) {
        while true {
            let connection = accept(server, nil, nil)
            guard connection >= 0 else {
                if [EINTR, ECONNABORTED].contains(errno) { continue }
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                    // The system is short of descriptors or memory; subcommands can wait.
                    Thread.sleep(forTimeInterval: 0.1)
                    continue
                }
                return
            }
            guard open.begin(connection) else {
                close(connection)
                return
            }
            serve(connection)
            open.end()
            close(connection)
        }
    }

    private func serve(_ connection: Int32) {
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(connection, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        guard let line = Self.readLine(from: connection, limit: Self.commandLimit),
            let command = AdminCommand(line: line),
            let bytes = try? JSONEncoder().encode(handle(command))
        else { return }
        Self.writeAll(bytes + [UInt8(ascii: "\n")], to: connection)
    }

    /// The sockets that a shutdown must close for the blocked thread to return.
    private final class OpenSockets: Sendable {
        private let server: Int32
        private let state = Mutex<(connection: Int32?, isDown: Bool)>((nil, false))

        init(server: Int32) {
            self.server = server
        }

        /// Returns false after a shutdown.
        func begin(_ connection: Int32) -> Bool {
            state.withLock { state in
                state.connection = connection
                return !state.isDown
            }
        }

        func end() {
            state.withLock { $0.connection = nil }
        }

        func shutDown() {
            state.withLock { state in
                state.isDown = true
                shutdown(server, Int32(SHUT_RDWR))
                if let connection = state.connection { shutdown(connection, Int32(SHUT_RDWR)) }
            }
        }
    }

    /// Sends a command to a running service. Returns nil if no service listens at `path`.
    static func request(_ command: AdminCommand, at path: String) throws -> AdminResponse? {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return nil }
        defer { close(connection) }
        guard try withAddress(of: path, { connect(connection, $0, $1) }) == 0 else { return nil }
        writeAll(try JSONEncoder().encode(command) + [UInt8(ascii: "\n")], to: connection)
        guard let line = readLine(from: connection, limit: Int.max) else { return nil }
        return try JSONDecoder().decode(AdminResponse.self, from: line)
    }

    private static func listen(at path: String) throws -> Int32 {
        unlink(path)
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let mask = umask(0o077)
        defer { umask(mask) }
        guard server >= 0, try withAddress(of: path, { bind(server, $0, $1) }) == 0, Foundation.listen(server, 16) == 0
        else {
            throw ConfigurationError("cannot listen at \(path): \(String(cString: strerror(errno)))")
        }
        return server
    }

    /// A socket's path can have at most 107 bytes, and the path of a data directory can be longer. So the directory is
    /// opened, and the socket is named relative to its descriptor.
    private static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        let url = URL(fileURLWithPath: path)
        let directory = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return -1 }
        defer { close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let short = Array("/proc/self/fd/\(directory)/\(url.lastPathComponent)".utf8)
        guard short.count < MemoryLayout.size(ofValue: address.sun_path) else { return -1 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Reads up to the end of the line. Returns nil if the connection ends before, or after `limit` bytes.
    private static func readLine(from connection: Int32, limit: Int) -> Data? {
        var line = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while line.count < limit {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            line.append(contentsOf: buffer[..<count])
            if line.last == UInt8(ascii: "\n") { return line }
        }
        return nil
    }

    private static func writeAll(_ bytes: Data, to connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
