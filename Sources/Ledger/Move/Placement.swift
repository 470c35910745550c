package import Contracts
import Foundation

/// Where a partition is since it was moved between data folders: a note beside the partitions' files, which outlives
/// the process and wins over `OWNED_PARTITIONS` (contract section 3). A partition without a note was never moved.
package struct Placement: Sendable, Hashable, Codable {
    package enum Place: String, Sendable, Codable {
        /// The partition was moved to this folder.
        case here
        /// It was moved away, and this folder never serves it until it comes back by another move.
        case elsewhere
    }

    package let place: Place
    /// The id of the move that brought it there.
    package let move: String
    /// The other process: the one that had it, or the one that has it.
    package let process: String
    /// In Unix milliseconds.
    package let at: Int64
    /// Whether the other process has said that it has the partition; true for one that is here.
    package var isTaken: Bool
    /// Of a partition that is elsewhere: the move that had brought it here before. Its sender may still ask.
    package let earlierMove: String?

    package init(
        _ place: Place, move: String, process: String, at: Timestamp, isTaken: Bool, earlierMove: String? = nil
    ) {
        self.place = place
        self.move = move
        self.process = process
        self.at = at.milliseconds
        self.isTaken = isTaken
        self.earlierMove = earlierMove
    }

    // MARK: - Notes

    private static let suffix = ".placement"

    static func path(of address: Address, in directory: String) -> String {
        "\(directory)/\(address.service.rawValue)-\(address.partition.name)\(suffix)"
    }

    /// Nil for a partition that was never moved.
    /// - Throws: `LedgerError.corrupt` for a note that cannot be read: a partition must not be served by mistake.
    package static func of(_ address: Address, in directory: String) throws(LedgerError) -> Placement? {
        try NoteFile.read(path(of: address, in: directory))
    }

    /// Those of a service, by partition.
    /// - Throws: as ``of(_:in:)``.
    package static func all(of service: ServiceName, in directory: String) throws(LedgerError) -> [Partition: Placement]
    {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        var placements: [Partition: Placement] = [:]
        for file in files where file.hasPrefix("\(service.rawValue)-") && file.hasSuffix(suffix) {
            let name = file.dropFirst(service.rawValue.utf8.count + 1).dropLast(suffix.utf8.count)
            guard let partition = Partition(name: String(name)) else { continue }
            placements[partition] = try of(Address(service: service, partition: partition), in: directory)
        }
        return placements
    }

    /// Replaces an earlier note durably.
    package func write(of address: Address, in directory: String) throws {
        try NoteFile.write(self, to: Self.path(of: address, in: directory))
    }
}
