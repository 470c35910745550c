import Foundation

/// The process that has taken a partition's file, as it says in the file.
struct FileHolder: Sendable, Hashable, CustomStringConvertible {
    /// Unique for each opening.
    let token: String
    let host: String
    let process: Int64

    /// This process, with a new token.
    static func current() -> FileHolder {
        FileHolder(token: UUID().uuidString, host: hostName, process: Int64(getpid()))
    }

    /// Without a look-up in the DNS, which Foundation does for it, and which can hang.
    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "an unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var description: String { "process \(process) on \(host)" }
}
