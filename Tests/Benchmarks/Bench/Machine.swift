import Foundation

/// What the figures were measured on.
struct Machine: CustomStringConvertible {
    /// The name of the processor, as the kernel gives it.
    let processor: String
    let cores: Int
    /// Microseconds.
    let syncCost: Int
    let brokerVersion: String

    /// - Parameter folder: in which a sync is measured.
    init(_ broker: BenchBroker, folder: String) throws {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor =
            line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "a processor without a name"
        cores = ProcessInfo.processInfo.activeProcessorCount
        syncCost = try Measure.syncCost(in: folder)
        brokerVersion = try broker.version()
    }

    var description: String {
        "\(processor), \(cores) cores, which also ran RabbitMQ \(brokerVersion) and the load; a sync of 4 KiB took "
            + "\((Double(syncCost) / 1000).rounded(to: 2)) ms. Release builds."
    }
}
