import CZlib

/// Compresses what is sent often.
enum Gzip {
    /// The bytes in gzip (RFC 1952); nil if they are not smaller then.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard gzip_begin(&stream) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        // zlib reads its input, although the pointer's type allows it to write.
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count)
        let result = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        // Otherwise the output has not enough room.
        guard result == Z_STREAM_END else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
