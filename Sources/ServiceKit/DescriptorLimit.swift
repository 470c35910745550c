import Glibc

/// The process's limit of open file descriptors (`RLIMIT_NOFILE`), and how many of them clients may take.
///
/// At the limit not only `accept` fails: libdispatch stops the process when it cannot open a file in /proc.
package struct DescriptorLimit: Sendable {
    /// The soft limit.
    package let count: Int

    /// The most connections that a server takes, however many descriptors there are.
    static let maxConnections = 4_096
    /// The fewest, however few descriptors there are.
    static let minConnections = 16
    /// Connections to the listener for operators: a few probes and scrapers.
    package static let operatorConnections = 32
    /// Logs, event loops, sockets to the broker, key sets, those accepted beyond a limit, and what libdispatch opens.
    static let processReserve = 64
    /// A partition's file with its journals, lock and up to 12 readers, its wakeups, and an operator's command.
    static let partitionReserve = 32

    /// Raises the soft limit to the hard one. Many systems set the soft one to 1,024 for the sake of programs that use
    /// `select`, which nothing here does.
    package static func raise() -> DescriptorLimit {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return DescriptorLimit(count: 1_024)
        }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        return DescriptorLimit(count: Int(clamping: limit.rlim_cur))
    }

    init(count: Int) {
        self.count = count
    }

    /// The connections that a service's main listener may have.
    /// - Parameter partitions: the number of partitions that the process owns.
    package func connections(partitions: Int) -> Int {
        let free = count - Self.reserve(partitions: partitions)
        return min(max(free, Self.minConnections), Self.maxConnections)
    }

    /// Whether the limit leaves fewer than ``minConnections``, so that the process may run out of descriptors.
    package func isTooLow(partitions: Int) -> Bool {
        count - Self.reserve(partitions: partitions) < Self.minConnections
    }

    static func reserve(partitions: Int) -> Int {
        processReserve + operatorConnections + partitionReserve * partitions
    }
}
