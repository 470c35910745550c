package import Contracts
package import Foundation

/// A wall clock for a service process, which a test can set forward and back while the service runs (`Faults/clock.c`).
package struct FakeClock: Sendable {
    private let file: URL
    /// The environment of a process that uses this clock.
    package let settings: [String: String]

    package init(in folder: URL, showing time: Timestamp) async throws {
        let library = try await FaultLibrary.compile("clock", into: folder)
        file = folder.appending(path: "clock")
        settings = ["LD_PRELOAD": library.path, "FAULT_CLOCK": file.path]
        try set(to: time)
    }

    /// The current time of the clock.
    package var now: Timestamp {
        get throws {
            let offset = Int64(String(decoding: try Data(contentsOf: file), as: UTF8.self)) ?? 0
            return Timestamp.now().advanced(by: .nanoseconds(offset))
        }
    }

    /// Sets the clock; it continues to run from that time.
    package func set(to time: Timestamp) throws {
        let offset = (time.milliseconds - Timestamp.now().milliseconds) * 1_000_000
        try Data("\(offset)".utf8).write(to: file, options: .atomic)
    }
}
