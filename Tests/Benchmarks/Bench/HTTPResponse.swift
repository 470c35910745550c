import Foundation

/// A complete response, with its head unparsed.
struct HTTPResponse {
    let status: Int
    private let bytes: [UInt8]
    private let bodyStart: Int

    /// Nil if the response is incomplete. All responses of the services have a Content-Length.
    init?(_ bytes: [UInt8]) {
        guard let found = bytes.withUnsafeBytes(Self.read), bytes.count >= found.bodyStart + found.length else {
            return nil
        }
        status = found.status
        bodyStart = found.bodyStart
        self.bytes = bytes
    }

    var body: String { String(decoding: bytes[bodyStart...], as: UTF8.self) }

    /// The headers, except those that every server writes itself.
    var headers: [(name: String, value: String)] {
        String(decoding: bytes[..<bodyStart], as: UTF8.self).split(separator: "\r\n").dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !["content-length", "date", "server"].contains(parts[0].lowercased()) else {
                return nil
            }
            return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
        }
    }

    private static let lengthName = Array("content-length:".utf8)

    private static func read(_ bytes: UnsafeRawBufferPointer) -> (status: Int, bodyStart: Int, length: Int)? {
        var line = 0
        var length = 0
        while let end = bytes[line...].firstIndex(of: 0x0a) {
            let next = end + 1
            if next - line == 2 { return (number(bytes[9..<12]), next, length) }
            let name = bytes[line..<next].prefix(lengthName.count)
            if name.count == lengthName.count, zip(name, lengthName).allSatisfy({ $0 | 0x20 == $1 }) {
                length = number(bytes[(line + lengthName.count)..<next])
            }
            line = next
        }
        return nil
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
        digits.reduce(0) { (0x30...0x39).contains($1) ? $0 * 10 + Int($1 & 0x0f) : $0 }
    }
}
