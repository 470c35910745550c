import Foundation

/// A descriptor that becomes readable whenever something is due: `poll` counts in milliseconds, and requests are due in
/// between.
final class DueSignal: Sendable {
    /// To be polled.
    let descriptor: Int32
    private let writeEnd: Int32

    /// - Parameter dues: in monotonic nanoseconds, in order.
    init(_ dues: [Int]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchError("no pipe (errno \(errno))") }
        descriptor = ends[0]
        writeEnd = ends[1]
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        Thread { [self] in
            var byte: UInt8 = 0
            for due in dues {
                if due > Measure.nanoseconds { Measure.sleep(until: due) }
                // A full pipe is readable too.
                _ = write(writeEnd, &byte, 1)
            }
        }.start()
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Until something else is due.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}
