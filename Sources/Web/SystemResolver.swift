import DequeModule
import Foundation
import Glibc
import Synchronization
package import Webhooks

/// Asks the system's resolver, which blocks its thread for as long as it likes: on threads of its own, so that callers
/// wait no longer than they want and no thread of Swift's pool is held up.
///
/// Names whose servers do not answer occupy a thread for some ten seconds each. There are enough threads that a few
/// such names do not delay the others, and a name occupies only one, however many ask for it.
package final class SystemResolver: AddressResolver {
    private typealias Waiter = CheckedContinuation<[IPAddress], Never>

    private struct State {
        /// Of every name that is being looked up or will be.
        var waiters: [String: [Int: Waiter]] = [:]
        /// The names for which no thread was free.
        var queue: Deque<String> = []
        var threads = 0
        var lastWaiter = 0
    }

    private let limit: Duration
    private let maxThreads: Int
    private let lookUp: @Sendable (String) -> [IPAddress]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how long a caller waits.
    ///   - maxThreads: started when they are needed; each ends when no name is left.
    package convenience init(limit: Duration = .seconds(5), maxThreads: Int = 32) {
        self.init(limit: limit, maxThreads: maxThreads, lookUp: Self.systemAddresses)
    }

    init(limit: Duration, maxThreads: Int, lookUp: @escaping @Sendable (String) -> [IPAddress]) {
        self.limit = limit
        self.maxThreads = maxThreads
        self.lookUp = lookUp
    }

    package func addresses(of name: String) async -> [IPAddress] {
        await withTaskGroup(of: [IPAddress].self) { group in
            group.addTask { await self.wait(for: name) }
            group.addTask {
                try? await Task.sleep(for: self.limit)
                return []
            }
            let first = await group.next() ?? []
            group.cancelAll()
            return first
        }
    }

    /// Waits until the name is looked up, or the task is cancelled.
    private func wait(for name: String) async -> [IPAddress] {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if add(continuation, id, name) { Thread.detachNewThread { self.work() } }
                // The cancellation may have come before there was a continuation.
                if Task.isCancelled { giveUp(id, name) }
            }
        } onCancel: {
            giveUp(id, name)
        }
    }

    /// Returns whether another thread is needed.
    private func add(_ waiter: Waiter, _ id: Int, _ name: String) -> Bool {
        state.withLock { state in
            let isNew = state.waiters[name] == nil
            state.waiters[name, default: [:]][id] = waiter
            guard isNew else { return false }
            state.queue.append(name)
            guard state.threads < maxThreads else { return false }
            state.threads += 1
            return true
        }
    }

    private func giveUp(_ id: Int, _ name: String) {
        let waiter = state.withLock { $0.waiters[name]?.removeValue(forKey: id) }
        waiter?.resume(returning: [])
    }

    /// What a thread does: one name after the other, until there are no more.
    private func work() {
        while let name = next() {
            let addresses = lookUp(name)
            let waiters = state.withLock { $0.waiters.removeValue(forKey: name) } ?? [:]
            for waiter in waiters.values { waiter.resume(returning: addresses) }
        }
    }

    private func next() -> String? {
        state.withLock { state in
            while let name = state.queue.popFirst() {
                if state.waiters[name]?.isEmpty == false { return name }
                // All who asked have given up.
                state.waiters[name] = nil
            }
            state.threads -= 1
            return nil
        }
    }

    /// The number of tasks that wait for a name, for tests.
    func waiterCount(of name: String) -> Int { state.withLock { $0.waiters[name]?.count ?? 0 } }

    private static func systemAddresses(of name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = IPAddress(info), !addresses.contains(address) { addresses.append(address) }
            next = info.ai_next
        }
        return addresses
    }
}

extension IPAddress {
    fileprivate init?(_ info: addrinfo) {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        // Without the zone of a link-local address.
        let address = text.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "%")) }
        self.init(parsing: String(decoding: address.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}
