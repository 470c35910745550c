internal import Broker
internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP proxy before the broker that does what networks do: cuts connections, freezes them half-open, delays them.
/// Its threads share one mutex, and a descriptor is closed only by the thread that pumps it.
package final class BrokerProxy: Sendable {
    private enum Mode {
        case forward
        /// Reads nothing and closes nothing: both sides' kernels stay polite, nothing arrives.
        case frozen
        /// What the broker sends arrives, what the client sends does not.
        case deaf
        case closed
    }

    private struct State {
        var mode = Mode.forward
        var delay = Duration.zero
        /// Grows with each cut; connections of an earlier number end.
        var generation = 0
        var accepted = 0
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let target: Int
    package let port: Int

    /// Forwards to the broker of this URL, on 127.0.0.1.
    package init(to url: String) throws {
        target = try BrokerEndpoint(url: url).port
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, raw, &length) == 0
            }
        }
        guard bound else { throw ThrowawayBroker.Failure(description: "the proxy cannot listen (errno \(errno))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.accept() }
    }

    /// The same URL through the proxy.
    package func url(for url: String) throws -> String {
        url.replacingOccurrences(of: ":\(try BrokerEndpoint(url: url).port)", with: ":\(port)")
    }

    /// How many connections came so far.
    package var accepted: Int { state.withLock { $0.accepted } }

    /// Resets the connections there are (RST); new ones are let through.
    package func cut() { state.withLock { $0.generation += 1 } }

    /// From now on nothing passes in either direction, and nothing is closed; new connections are accepted and not
    /// served.
    package func freeze() { state.withLock { $0.mode = .frozen } }

    /// From now on the broker hears nothing, and is heard: what it delivers is worked on, and no ack of it arrives.
    package func deafen() { state.withLock { $0.mode = .deaf } }

    package func resume() { state.withLock { $0.mode = .forward } }

    /// Each piece waits so long before it is passed on.
    package func slowDown(_ delay: Duration) { state.withLock { $0.delay = delay } }

    /// Ends listening and all connections.
    package func close() {
        state.withLock { state in
            state.mode = .closed
            state.generation += 1
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard state.withLock({ $0.mode != .closed }) else {
                if client >= 0 { Glibc.close(client) }
                Glibc.close(listener)
                return
            }
            guard client >= 0 else { continue }
            let generation = state.withLock { state in
                state.accepted += 1
                return state.generation
            }
            Thread.detachNewThread { self.serve(client, generation) }
        }
    }

    /// Pumps one connection both ways until it ends or is cut.
    private func serve(_ client: Int32, _ generation: Int) {
        var server: Int32 = -1
        defer {
            reset(client)
            if server >= 0 { reset(server) }
        }
        while state.withLock({ $0.mode == .frozen && $0.generation == generation }) { Self.standStill() }
        server = connectToTarget()
        guard server >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let (mode, delay, current) = state.withLock { ($0.mode, $0.delay, $0.generation) }
            guard current == generation, mode != .closed else { return }
            if mode == .frozen {
                Self.standStill()
                continue
            }
            var watched = [
                pollfd(fd: mode == .deaf ? -1 : client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, 20) > 0 else { continue }
            // A slow link: to be slow is its purpose, it waits for nothing.
            if delay > .zero { usleep(UInt32(delay / .microseconds(1))) }
            if watched[0].revents != 0, !pass(from: client, to: server, &buffer) { return }
            if watched[1].revents != 0, !pass(from: server, to: client, &buffer) { return }
        }
    }

    /// A frozen link's threads do nothing but look, now and then, whether it is still frozen.
    private static func standStill() { usleep(5000) }

    private func pass(from: Int32, to: Int32, _ buffer: inout [UInt8]) -> Bool {
        let count = recv(from, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        var sent = 0
        while sent < count {
            let result = buffer.withUnsafeBytes { send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
            guard result > 0 else { return false }
            sent += result
        }
        return true
    }

    /// Closes with RST, as a crash of the other side does.
    private func reset(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(descriptor)
    }

    private func connectToTarget() -> Int32 {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(target).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            Glibc.close(server)
            return -1
        }
        return server
    }
}
