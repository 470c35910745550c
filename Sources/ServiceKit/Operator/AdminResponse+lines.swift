import Contracts
import Foundation
import Ledger

extension AdminResponse {
    /// One line of output. A field cannot break its line or its column.
    static func line(_ fields: [(String, String?)], asJSON: Bool) -> String {
        guard asJSON else { return fields.map { ($0.1 ?? "-").oneLine }.joined(separator: "\t") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let object = Dictionary(fields.compactMap { name, value in value.map { (name, $0) } }) { first, _ in first }
        return (try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Writes a backup, and says what was written.
    static func backup(
        of address: Address, in dataDirectory: String, to directory: String, asJSON: Bool,
        interruption: BackupInterruption = BackupInterruption()
    ) throws -> AdminResponse {
        let backup = Backup(of: address, in: directory)
        let (bytes, checksum) = try backup.write(from: dataDirectory, interruption: interruption)
        let fields: [(String, String?)] = [
            ("partition", address.name), ("file", backup.path), ("bytes", String(bytes)), ("sha256", checksum),
        ]
        return AdminResponse(lines: [line(fields, asJSON: asJSON)])
    }
}
