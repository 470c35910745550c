/// Finds the end of what is committed in a WAL that only grows (SQLite's file format, section 4).
struct WALReader: Sendable {
    private let path: String
    /// Of the WAL, once it has a header.
    private var header: Header?
    /// The number of frames that were looked at, and of those up to the last commit.
    private var frames: Int64 = 0
    private var committedFrames: Int64 = 0

    private struct Header {
        let pageBytes: Int64
        /// In the header and in each of its frames: those of an earlier WAL in the same file have others.
        let salts: ArraySlice<UInt8>
    }

    private static let headerBytes: Int64 = 32
    private static let frameHeaderBytes: Int64 = 24

    init(path: String) {
        self.path = path
    }

    /// The length up to the last commit; 0 if nothing is committed.
    mutating func committedBytes() throws -> Int64 {
        guard let size = DurableFiles.size(of: path), size >= Self.headerBytes else { return 0 }
        try RawFile.withDescriptor(of: path) { descriptor in
            let header = try header ?? readHeader(descriptor)
            self.header = header
            let frameBytes = Self.frameHeaderBytes + header.pageBytes
            // A transaction that was rolled back leaves frames that the next one overwrites.
            frames = committedFrames
            while Self.headerBytes + (frames + 1) * frameBytes <= size {
                let offset = Self.headerBytes + frames * frameBytes
                let frame = try RawFile.read(descriptor, at: offset, count: Int(Self.frameHeaderBytes), path)
                guard frame.count == Self.frameHeaderBytes, frame[8..<16].elementsEqual(header.salts) else { break }
                frames += 1
                // The size of the database after a commit; 0 in all other frames.
                if Self.number(frame[4..<8]) != 0 { committedFrames = frames }
            }
        }
        guard let header, committedFrames > 0 else { return 0 }
        return Self.headerBytes + committedFrames * (Self.frameHeaderBytes + header.pageBytes)
    }

    private func readHeader(_ descriptor: Int32) throws -> Header {
        let bytes = try RawFile.read(descriptor, at: 0, count: Int(Self.headerBytes), path)
        guard bytes.count == Self.headerBytes, [0x377f_0682, 0x377f_0683].contains(Self.number(bytes[0..<4])) else {
            throw LedgerError(.corrupt, "\(path) is not a WAL")
        }
        return Header(pageBytes: Int64(Self.number(bytes[8..<12])), salts: bytes[16..<24])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
