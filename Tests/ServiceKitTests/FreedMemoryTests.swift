import Foundation
import Testing

@testable import ServiceKit

@Suite struct FreedMemoryTests {
    @Test("Freed memory is counted, and returned when it is more than a process may keep")
    func freedMemoryIsReturned() throws {
        let size = 60_000
        var blocks = (0..<2_000).map { _ in UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16) }
        for block in blocks { block.initializeMemory(as: UInt8.self, repeating: 1, count: size) }
        // With a block in use behind them, glibc does not return the others by itself.
        let last = blocks.removeLast()
        defer { last.deallocate() }
        for block in blocks { block.deallocate() }
        let total = blocks.count * size
        #expect(FreedMemory.bytes >= total)
        let before = try residentBytes()
        FreedMemory.returnExcess()
        #expect(try residentBytes() < before - total / 2)
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
