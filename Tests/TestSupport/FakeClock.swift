package import Contracts
package import Foundation

/// A wall clock for one service, set to any time, forward and back, while the service runs (`Faults/clock.c`).
package struct FakeClock: Sendable {
    private let file: URL
    /// What a process that lives by this clock has in its environment.
    package let settings: [String: String]

    package init(in folder: URL, showing time: Timestamp) async throws {
        let library = try await FaultLibrary.compile("clock", into: folder)
        file = folder.appending(path: "clock")
        settings = ["LD_PRELOAD": library.path, "FAULT_CLOCK": file.path]
        try set(to: time)
    }

    /// From now on the clock goes on from that time.
    package func set(to time: Timestamp) throws {
        let offset = (time.milliseconds - Timestamp.now().milliseconds) * 1_000_000
        try Data("\(offset)".utf8).write(to: file, options: .atomic)
    }
}
