import Foundation

/// Decodes a body from outside: one JSON object in UTF-8 by RFC 8259, whose fields the type checks.
enum JSONBody {
    /// Shared by all threads: its settings never change, and it keeps no state between two bodies.
    static let decoder = JSONDecoder()
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// A byte order mark is skipped, as RFC 8259 section 8.1 allows. No input traps.
    static func read<Value: Decodable>(
        _ type: Value.Type, from body: some Collection<UInt8>
    ) throws(MessageError) -> Value {
        let value =
            body.withContiguousStorageIfAvailable { read(type, from: $0) }
            ?? [UInt8](body).withUnsafeBufferPointer { read(type, from: $0) }
        return try value.get()
    }

    private static func read<Value: Decodable>(
        _ type: Value.Type, from body: UnsafeBufferPointer<UInt8>
    ) -> Result<Value, MessageError> {
        let bytes =
            body.starts(with: byteOrderMark) ? UnsafeBufferPointer(rebasing: body[byteOrderMark.count...]) : body
        if let error = JSONSyntax.check(bytes) { return .failure(error) }
        do {
            return .success(try decoder.decode(type, from: Data(buffer: bytes)))
        } catch {
            return .failure(MessageError(decoding: error))
        }
    }
}
