import Foundation
import Fuzzing

/// What a child leaves in a folder for its parent: each input before it is judged, findings, and now and then figures.
/// It is there also when the child is not.
struct Journal {
    /// An input, and how many came before it.
    struct Entry {
        let count: UInt64
        let subject: String
        let input: [UInt8]
    }

    private let folder: URL
    private let descriptor: Int32

    init(in folder: URL) throws {
        self.folder = folder
        descriptor = open(folder.appending(path: "journal").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Wrong("cannot write in \(folder.path)") }
    }

    func close() { Foundation.close(descriptor) }

    // MARK: - The child's side

    func write(_ count: Int, _ subject: Int, _ input: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + input.count)
        for number in [count, subject, input.count] {
            withUnsafeBytes(of: UInt64(number).littleEndian) { bytes += $0 }
        }
        bytes += input
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// A finding's file bears the input; its name the number.
    func write(_ finding: Campaign.Finding, number: Int) throws {
        let lines = "\(finding.subject)\n\(finding.flaw.description.filter { !$0.isNewline })\n"
        try Data(lines.utf8 + finding.input).write(to: folder.appending(path: "finding-\(number)"), options: .atomic)
    }

    func write(figures: String) throws {
        try Data(figures.utf8).write(to: folder.appending(path: "figures"), options: .atomic)
    }

    // MARK: - The parent's side

    /// The input that is being judged, or was when the child died.
    func last(of subjects: [Subject]) -> Entry? {
        guard let head = read(24, at: 0) else { return nil }
        let numbers = stride(from: 0, to: 24, by: 8).map { start in
            head[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard numbers[1] < UInt64(subjects.count), numbers[2] < 100_000_000, let input = read(Int(numbers[2]), at: 24)
        else { return nil }
        return Entry(count: numbers[0], subject: subjects[Int(numbers[1])].name, input: input)
    }

    /// Each is given once.
    func takeFindings() throws -> [Campaign.Finding] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.lastPathComponent.hasPrefix("finding-") }.sorted { $0.path < $1.path }.compactMap {
            let bytes = Array(try Data(contentsOf: $0))
            try FileManager.default.removeItem(at: $0)
            let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            return Campaign.Finding(
                subject: String(decoding: parts[0], as: UTF8.self), input: Array(parts[2]),
                flaw: Flaw(String(decoding: parts[1], as: UTF8.self)))
        }
    }

    var figures: String? { try? String(contentsOf: folder.appending(path: "figures"), encoding: .utf8) }

    private func read(_ count: Int, at offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(descriptor, &bytes, count, off_t(offset)) == count ? bytes : nil
    }
}
