import Foundation

/// The process that has taken a partition's file, as it says in the file.
struct FileHolder: Sendable, Hashable, CustomStringConvertible {
    /// Unique for each opening.
    let token: String
    let host: String
    let process: Int64

    /// This process, with a new token.
    static func current() -> FileHolder {
        let process = ProcessInfo.processInfo
        return FileHolder(
            token: UUID().uuidString, host: process.hostName, process: Int64(process.processIdentifier))
    }

    var description: String { "process \(process) on \(host)" }
}
