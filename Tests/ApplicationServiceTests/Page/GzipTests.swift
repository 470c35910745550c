import CZlib
import HTTPTypes
import Hummingbird
import Testing
import Web

@testable import ApplicationService

@Suite struct GzipTests {
    @Test(arguments: [1_000, 100_000])
    func `what was compressed is smaller, and read as it was`(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8($0 / 10 % 256) }
        let compressed = try #require(Gzip.compressed(bytes))
        #expect(compressed.count < count)
        #expect(Self.decompressed(compressed, count: count) == bytes)
    }

    @Test func `what would not be smaller is not compressed`() {
        var generator = SystemRandomNumberGenerator()
        #expect(Gzip.compressed((0..<10_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }) == nil)
        #expect(Gzip.compressed([]) == nil)
        #expect(Gzip.compressed([1]) == nil)
    }

    @Test(arguments: [
        ("gzip", true), ("gzip, deflate, br", true), ("br;q=1, GZIP;q=0.1", true), ("gzip;q=0", false),
        ("gzip; q=0.0", false), ("identity", false), ("x-gzip", false), ("", false), ("*", false), ("gzip;q=x", true),
    ])
    func `a client says that it accepts gzip`(_ value: String, _ isAccepted: Bool) {
        #expect(MediaType.acceptsGzip(in: [.acceptEncoding: value]) == isAccepted)
    }

    private static func decompressed(_ bytes: [UInt8], count: Int) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return [] }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: count + 1)
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                _ = inflate(&stream, Z_FINISH)
            }
        }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
