import Foundation

/// Reads and writes at positions of a file that SQLite does not have open, or whose descriptor outlives SQLite's: to
/// close a descriptor of a database releases the locks that the process has on it.
enum RawFile {
    /// The bytes read at a time.
    static let chunk: Int64 = 1 << 20

    /// - Returns: fewer bytes only at the end of the file.
    static func read(_ descriptor: Int32, at offset: Int64, count: Int, _ path: String) throws -> [UInt8] {
        guard count > 0 else { return [] }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let length = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset) + off_t(filled))
                if length < 0, errno == EINTR { continue }
                guard length >= 0 else { throw DurableFiles.failure("read \(path)") }
                if length == 0 { return }
                filled += length
            }
        }
    }

    static func write(_ bytes: [UInt8], _ descriptor: Int32, at offset: Int64, _ path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let length = pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
                    off_t(offset) + off_t(written))
                if length < 0, errno == EINTR { continue }
                guard length > 0 else { throw DurableFiles.failure("write \(path)") }
                written += length
            }
        }
    }

    /// Opens a file to read while `body` runs: never a database that SQLite has open.
    static func withDescriptor<Value>(of path: String, _ body: (Int32) throws -> Value) throws -> Value {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DurableFiles.failure("open \(path)") }
        defer { close(descriptor) }
        return try body(descriptor)
    }
}
