import Foundation

/// The process that has taken a partition's file, as it says in the file.
struct FileHolder: Sendable, Hashable, CustomStringConvertible {
    /// Unique for each opening.
    let token: String
    let host: String
    let process: Int64

    /// This process, with a new token.
    static func current() -> FileHolder {
        FileHolder(token: UUID().uuidString, host: HostName.current ?? "an unknown host", process: Int64(getpid()))
    }

    var description: String { "process \(process) on \(host)" }
}
