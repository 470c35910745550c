import Contracts
import Foundation

/// A wall clock for one service, set to any time, forward and back, while the service runs (`Faults/clock.c`).
struct FakeClock: Sendable {
    private let file: URL
    /// What a process that lives by this clock has in its environment.
    let settings: [String: String]

    init(in folder: URL, showing time: Timestamp) async throws {
        let library = try await FaultLibrary.compile("clock", into: folder)
        file = folder.appending(path: "clock")
        settings = ["LD_PRELOAD": library.path, "FAULT_CLOCK": file.path]
        try set(to: time)
    }

    /// From now on the clock goes on from that time.
    func set(to time: Timestamp) throws {
        let offset = (time.milliseconds - Timestamp.now().milliseconds) * 1_000_000
        try Data("\(offset)".utf8).write(to: file, options: .atomic)
    }
}
