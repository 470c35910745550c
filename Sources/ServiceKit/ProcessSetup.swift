package import Logging

/// What a process that serves has set up before it opens files: its log, its metrics, and how many clients its
/// descriptors allow.
package struct ProcessSetup: Sendable {
    package let observability: Observability
    /// The connections that the main listener may have.
    package let connections: Int
    private let descriptors: DescriptorLimit
    private let partitions: Int

    package var logger: Logger { observability.logger }

    /// Possible once in a process.
    init(_ program: ServiceProgram, _ settings: ServiceSettings) {
        observability = Observability(program, settings)
        descriptors = .raise()
        partitions = settings.owned.count
        connections = descriptors.connections(partitions: partitions)
    }

    /// Not at once: a process that cannot start says only why.
    func logLimits() {
        logger.info(
            "Connections are limited",
            metadata: [LogKey.connections: "\(connections)", LogKey.descriptors: "\(descriptors.count)"])
        guard descriptors.isTooLow(partitions: partitions) else { return }
        logger.warning(
            "Too few file descriptors for the partitions: raise the limit (ulimit -n)",
            metadata: [
                LogKey.descriptors: "\(descriptors.count)",
                LogKey.reserve: "\(DescriptorLimit.reserve(partitions: partitions))",
            ])
    }
}
