import Foundation

/// A keep-alive connection to this machine with one request at a time, and the minimum of HTTP/1.1.
final class HTTPConnection {
    let socket: Int32
    /// The scheduled time of the current request, in nanoseconds.
    var due = 0
    private var received: [UInt8] = []

    init(port: Int) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else { throw BenchError("cannot connect to port \(port)") }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(socket) }

    /// A request is smaller than the socket's send buffer.
    func send(_ request: [UInt8]) throws {
        let count = request.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
        guard count == request.count else { throw BenchError("cannot send a request (errno \(errno))") }
    }

    /// Reads the available bytes. Returns nil while the response is incomplete.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> HTTPResponse? {
        let count = recv(socket, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else { throw BenchError("the connection was closed") }
        received.append(contentsOf: buffer[..<count])
        guard let answer = HTTPResponse(received) else { return nil }
        received.removeAll(keepingCapacity: true)
        return answer
    }
}
