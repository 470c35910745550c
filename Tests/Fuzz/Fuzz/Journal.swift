import Foundation
import Fuzzing

/// Files through which a worker reports to the supervisor: each input before it is checked, findings, and statistics.
/// They survive a crash of the worker.
struct Journal {
    /// An input, and the number of inputs before it.
    struct Entry {
        let count: UInt64
        let reader: String
        let input: [UInt8]
    }

    private let folder: URL
    private let descriptor: Int32

    init(in folder: URL) throws {
        self.folder = folder
        descriptor = open(folder.appending(path: "journal").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw UsageError("cannot write in \(folder.path)") }
    }

    func close() { Foundation.close(descriptor) }

    // MARK: - For the worker

    func write(_ count: Int, _ reader: Int, _ input: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + input.count)
        for number in [count, reader, input.count] {
            withUnsafeBytes(of: UInt64(number).littleEndian) { bytes += $0 }
        }
        bytes += input
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// The number names the finding's file.
    func write(_ finding: Campaign.Finding, number: Int) throws {
        let lines = "\(finding.reader)\n\(finding.violation.description.filter { !$0.isNewline })\n"
        try Data(lines.utf8 + finding.input).write(to: folder.appending(path: "finding-\(number)"), options: .atomic)
    }

    func write(statistics: String) throws {
        try Data(statistics.utf8).write(to: folder.appending(path: "statistics"), options: .atomic)
    }

    // MARK: - For the supervisor

    /// The input that the worker is checking, or was checking when it died.
    func last(of readers: [FuzzedReader]) -> Entry? {
        guard let head = read(24, at: 0) else { return nil }
        let numbers = stride(from: 0, to: 24, by: 8).map { start in
            head[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard numbers[1] < UInt64(readers.count), numbers[2] < 100_000_000, let input = read(Int(numbers[2]), at: 24)
        else { return nil }
        return Entry(count: numbers[0], reader: readers[Int(numbers[1])].name, input: input)
    }

    /// Returns each finding once.
    func takeFindings() throws -> [Campaign.Finding] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.lastPathComponent.hasPrefix("finding-") }.sorted { $0.path < $1.path }.compactMap {
            let bytes = Array(try Data(contentsOf: $0))
            try FileManager.default.removeItem(at: $0)
            let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            return Campaign.Finding(
                reader: String(decoding: parts[0], as: UTF8.self), input: Array(parts[2]),
                violation: Violation(String(decoding: parts[1], as: UTF8.self)))
        }
    }

    var statistics: String? { try? String(contentsOf: folder.appending(path: "statistics"), encoding: .utf8) }

    private func read(_ count: Int, at offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(descriptor, &bytes, count, off_t(offset)) == count ? bytes : nil
    }
}
