internal import Broker
internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP proxy in front of the broker that simulates network faults: resets, half-open connections, delays. Its threads
/// share one mutex, and only the thread that pumps a connection closes its descriptors.
package final class BrokerProxy: Sendable {
    private enum Mode {
        case forward
        /// Forwards nothing and closes nothing: both connections stay established.
        case frozen
        /// Forwards only from the broker to the client.
        case upstreamBlocked
        case closed
    }

    private struct State {
        var mode = Mode.forward
        var delay = Duration.zero
        /// Incremented by each cut; connections of an earlier generation end.
        var generation = 0
        var accepted = 0
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let target: Int
    package let port: Int

    /// Forwards to the broker at this URL, on 127.0.0.1.
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
        guard bound else {
            throw ThrowawayBroker.Failure(description: "the proxy cannot listen on a port (errno \(errno))")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.accept() }
    }

    /// The same URL through the proxy.
    package func url(for url: String) throws -> String {
        url.replacingOccurrences(of: ":\(try BrokerEndpoint(url: url).port)", with: ":\(port)")
    }

    /// The number of connections accepted so far.
    package var accepted: Int { state.withLock { $0.accepted } }

    /// Resets all current connections (RST). New ones are forwarded.
    package func cut() { state.withLock { $0.generation += 1 } }

    /// Stops forwarding in both directions without closing anything. New connections are accepted and left waiting.
    package func freeze() { state.withLock { $0.mode = .frozen } }

    /// Stops forwarding from the client to the broker: deliveries arrive at the client, its acks do not arrive at the
    /// broker.
    package func blockUpstream() { state.withLock { $0.mode = .upstreamBlocked } }

    package func resume() { state.withLock { $0.mode = .forward } }

    /// Delays each piece of data by this time before it is forwarded.
    package func slowDown(_ delay: Duration) { state.withLock { $0.delay = delay } }

    /// Closes the listening socket and all connections.
    package func close() {
        let wasOpen = state.withLock { state in
            defer { state.mode = .closed }
            state.generation += 1
            return state.mode != .closed
        }
        // Its number may belong to another socket by the second time.
        if wasOpen { shutdown(listener, Int32(SHUT_RDWR)) }
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

    /// Forwards one connection in both directions until it ends or is cut.
    private func serve(_ client: Int32, _ generation: Int) {
        var server: Int32 = -1
        defer {
            reset(client)
            if server >= 0 { reset(server) }
        }
        while state.withLock({ $0.mode == .frozen && $0.generation == generation }) { Self.pauseWhileFrozen() }
        server = connectToTarget()
        guard server >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let (mode, delay, current) = state.withLock { ($0.mode, $0.delay, $0.generation) }
            guard current == generation, mode != .closed else { return }
            if mode == .frozen {
                Self.pauseWhileFrozen()
                continue
            }
            var watched = [
                pollfd(fd: mode == .upstreamBlocked ? -1 : client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, 20) > 0 else { continue }
            // Simulates a slow network; it does not wait for a condition.
            if delay > .zero { usleep(UInt32(delay / .microseconds(1))) }
            if watched[0].revents != 0, !forward(from: client, to: server, &buffer) { return }
            if watched[1].revents != 0, !forward(from: server, to: client, &buffer) { return }
        }
    }

    /// How often the thread of a frozen connection checks whether it is still frozen.
    private static func pauseWhileFrozen() { usleep(5000) }

    private func forward(from: Int32, to: Int32, _ buffer: inout [UInt8]) -> Bool {
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

    /// Closes with RST, as if the other side had crashed.
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
