internal import CRabbitMQ
internal import Glibc

/// Runs blocking work on a new thread: Swift's cooperative pool has only as many threads as there are cores.
enum ConnectionThread {
    /// Only touched pages use memory. The library decodes header tables recursively, and a frame of 128 KiB holds some
    /// 26,000 levels of nesting.
    private static let stackSize = 32 << 20

    /// Runs the work on a new thread and returns its result.
    static func run<Success: Sendable>(
        named name: String, _ work: @escaping @Sendable () -> Result<Success, BrokerError>
    ) async throws -> Success {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Success, BrokerError>, Never>) in
            let code = start(named: name) { continuation.resume(returning: work()) }
            if code != 0 {
                continuation.resume(returning: .failure(BrokerError(.resources, "no thread (errno \(code))")))
            }
        }
        return try result.get()
    }

    /// Starts a detached thread. Returns 0, or an errno if the work will not run.
    static func start(named name: String, _ work: @escaping @Sendable () -> Void) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let box = Unmanaged.passRetained(Work(name: name, run: work))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { raw in
                guard let raw else { return nil }
                let work = Unmanaged<Work>.fromOpaque(raw).takeRetainedValue()
                // The kernel limits names to 15 bytes.
                crabbitmq_name_thread(String(work.name.prefix(15)))
                work.run()
                return nil
            }, box.toOpaque())
        if code != 0 { box.release() }
        return code
    }

    private final class Work: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
