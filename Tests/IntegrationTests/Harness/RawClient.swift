import Foundation
import Glibc
import TestSupport

/// Connects to a socket, sends bytes, reads the start of the response, and disconnects.
enum RawClient {
    enum Target {
        /// The path of a Unix socket.
        case socket(String)
        /// On 127.0.0.1.
        case port(Int)
    }

    struct ConnectionFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what arrived within 100 ms.
    static func send(_ bytes: [UInt8], to target: Target) throws -> [UInt8] {
        let connection = try connect(to: target, timeout: timeval(tv_sec: 0, tv_usec: 100_000))
        defer { close(connection) }
        write(bytes, to: connection)
        shutdown(connection, Int32(SHUT_WR))
        return read(from: connection)
    }

    /// - Returns: everything until the server closed the connection.
    static func exchange(_ bytes: [UInt8], with target: Target) throws -> [UInt8] {
        let seconds = Int(testTimeout.components.seconds)
        let connection = try connect(to: target, timeout: timeval(tv_sec: seconds, tv_usec: 0))
        defer { close(connection) }
        write(bytes, to: connection)
        var answer: [UInt8] = []
        while case let part = read(from: connection), !part.isEmpty { answer += part }
        return answer
    }

    private static func connect(to target: Target, timeout: timeval) throws -> Int32 {
        let connection = socket(target.family, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0 else { throw ConnectionFailure(description: "no socket (errno \(errno))") }
        guard target.withAddress({ Glibc.connect(connection, $0, $1) }) == 0 else {
            defer { close(connection) }
            throw ConnectionFailure(description: "cannot connect to \(target) (errno \(errno))")
        }
        var timeout = timeout
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(connection, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        return connection
    }

    private static func write(_ bytes: [UInt8], to connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may close the connection before it has read everything.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
    }

    /// Empty at the end and after the time-out.
    private static func read(from connection: Int32) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &answer, answer.count, 0)
        return Array(answer.prefix(max(0, count)))
    }
}

extension RawClient.Target {
    fileprivate var family: Int32 {
        switch self {
        case .socket: AF_UNIX
        case .port: AF_INET
        }
    }

    fileprivate func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch self {
        case .socket(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return -1 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            return Self.with(&address, body)
        case .port(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            return Self.with(&address, body)
        }
    }

    private static func with<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
