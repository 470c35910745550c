import Contracts
import Crypto
import Foundation

/// Operations on files whose results survive a power failure.
enum DurableFiles {
    private static let chunk = 1 << 20

    /// The size in bytes; nil if there is no such file.
    static func size(of path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// The SHA-256 in hexadecimal digits, and the size in bytes.
    static func checksum(of path: String) throws -> (digits: String, bytes: Int64) {
        var hash = SHA256()
        var bytes: Int64 = 0
        try read(path) { chunk in
            hash.update(data: chunk)
            bytes += Int64(chunk.count)
        }
        return (Hexadecimal.digits(of: Array(hash.finalize())), bytes)
    }

    static func write(_ text: String, to path: String) throws {
        try create(path) { try $0.write(contentsOf: Data(text.utf8)) }
    }

    static func copy(_ source: String, to target: String) throws {
        try create(target) { handle in
            try read(source) { try handle.write(contentsOf: $0) }
        }
    }

    /// Moves a file, replacing what is there, and syncs it and its folder first and last.
    static func move(_ source: String, to target: String) throws {
        try sync(source)
        guard rename(source, target) == 0 else { throw failure("move \(source) to \(target)") }
        try sync(URL(fileURLWithPath: target).deletingLastPathComponent().path)
    }

    /// Removes a file, if it exists, for good.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw failure("remove \(path)")
        }
        try sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// The bytes that can still be written to the file system of a folder; nil if that is unknown.
    static func freeBytes(in directory: String) -> Int64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }

    /// Gives a file a second name.
    static func link(_ source: String, to name: String) throws {
        guard Foundation.link(source, name) == 0 else { throw failure("link \(source) to \(name)") }
    }

    private static func read(_ path: String, _ body: (Data) throws -> Void) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw failure("open \(path)") }
        defer { try? handle.close() }
        while let data = try handle.read(upToCount: chunk), !data.isEmpty { try body(data) }
    }

    private static func create(_ path: String, _ body: (FileHandle) throws -> Void) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create \(path)") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        defer { try? handle.close() }
        try body(handle)
        try handle.synchronize()
    }

    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync \(path)") }
    }

    static func failure(_ action: String) -> LedgerError {
        LedgerError(.storage, "cannot \(action): \(String(cString: strerror(errno)))")
    }
}
