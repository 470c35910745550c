import Foundation

/// A folder of time zones for `TZDIR`, whose rules a test can change.
package final class ZoneFolder: Sendable {
    private let folder: TemporaryFolder
    package var path: String { folder.path }

    /// A folder with `UTC`, and with these zones by the rules in the notation of POSIX, such as `<+06>-6`.
    package init(_ zones: [String: String] = [:]) throws {
        folder = try TemporaryFolder("zones")
        try set("UTC", to: "UTC0")
        for (name, rule) in zones { try set(name, to: rule) }
    }

    /// Replaces a zone's file, as an update of the package tzdata does.
    package func set(_ name: String, to rule: String) throws {
        let file = folder.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(Self.file(rule: rule)).write(to: file, options: .atomic)
    }

    /// A TZif file without transitions: its footer holds for all time.
    package static func file(rule: String) -> [UInt8] {
        var block = [UInt8]("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        // One type, offset 0, whose name is four bytes; no transitions, leap seconds or indicators.
        block += [UInt8](repeating: 0, count: 16) + [0, 0, 0, 1]
        block += [0, 0, 0, 4] + [0, 0, 0, 0, 0, 0] + [UInt8]("LMT\0".utf8)
        return block + block + [UInt8]("\n\(rule)\n".utf8)
    }
}
