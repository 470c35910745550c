internal import Glibc

/// A port of 127.0.0.1 that drops every connection request, as the address of a machine that is gone does.
package final class BlackHole: Sendable {
    package let port: Int
    private let descriptors: [Int32]

    package init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, raw, &length) == 0
            }
        }
        guard isListening else { throw ThrowawayBroker.Failure(description: "the black hole cannot listen (\(errno))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        // Nothing accepts these, so the kernel drops what comes after them.
        let callers = (0..<4).map { _ in
            let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(caller, $0, length) }
            }
            return caller
        }
        descriptors = [listener] + callers
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
