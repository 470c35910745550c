import Contracts
import Ledger
import ServiceKit
import Web

/// Remembers which entries were used, each in the partition that its digest names, so that it can be used once at all
/// processes together.
struct UsedEntries: Sendable {
    let partitions: LocalPartitions
    /// To the other processes of ApplicationService.
    let owners: RequestForwarder

    /// The path of a ``ForwardedRequest`` that uses an entry; the body is its digest and its end. It is no route.
    static let usePath = "/v1/entries/use"

    /// - Returns: whether this is the first use.
    /// - Throws: `unavailable`.
    func use(_ entry: PageEntry) async throws -> Bool {
        let digest = Hexadecimal.digits(of: entry.digest)
        let partition = Partition.of(key: digest, count: partitions.count)
        if partitions.isElsewhere(partition) {
            return try await owners.use("\(digest) \(entry.expiresAt.milliseconds)", in: partition)
        }
        let service = try partitions.requireService(of: partition)
        return try await Self.use(entry.digest, until: entry.expiresAt, service.writer)
    }

    /// Uses an entry that another process was shown: 200 if this is the first use, otherwise 409.
    func answer(_ forwarded: ForwardedRequest, from partition: RequestedPartition) async throws -> ForwardedResponse {
        let parts = (forwarded.body ?? "").split(separator: " ")
        guard parts.count == 2, let digest = Hexadecimal.bytes(String(parts[0])), let end = Int64(parts[1]) else {
            throw Problem(.malformed, "The body must be a digest and a time.")
        }
        let isFirst = try await Self.use(digest, until: Timestamp(milliseconds: end), partition.writer)
        return ForwardedResponse(status: isFirst ? 200 : 409)
    }

    private static func use(_ digest: [UInt8], until end: Timestamp, _ writer: LedgerWriter) async throws -> Bool {
        try await writer.perform { try UsedEntryStore($0).insert(digest, expiresAt: end) }
    }
}

extension RequestForwarder {
    /// Uses an entry that another process remembers.
    /// - Parameter text: its digest and its end.
    /// - Returns: whether this is the first use.
    fileprivate func use(_ text: String, in partition: Partition) async throws -> Bool {
        switch try await post(text, to: UsedEntries.usePath, in: partition).status {
        case 200: return true
        case 409: return false
        default: throw Problem.partitionNotServed
        }
    }
}
