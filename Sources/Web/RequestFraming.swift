import NIOHTTP1

/// What a request's head means for its connection (RFC 9112).
struct RequestFraming: Sendable, Hashable {
    /// Whether the client speaks HTTP/1.0, which has no chunks, and closes connections unless it says otherwise.
    let isHTTP10: Bool
    /// Whether another request can follow. Not if the client says so (section 9.3), and not after a request for an
    /// upgrade: it is answered as if it had not asked (RFC 9110 section 7.8), but NIO's decoder expects another
    /// protocol from then on, and reads nothing more. Java's `HttpClient` asks for h2c by default.
    let isPersistent: Bool
    /// Whether the client sends the body only after `100 Continue` (RFC 9110 section 10.1.1).
    let expectsContinue: Bool

    /// - Throws: `malformed` or `not_implemented`: the message cannot be read with certainty, and what follows it
    ///   neither.
    init(_ head: HTTPRequestHead) throws(Problem) {
        isHTTP10 = head.version == .http1_0
        try Self.checkHost(of: head)
        let hasBody = try Self.checkEncoding(of: head)
        let options = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        isPersistent =
            !head.headers.contains(name: "upgrade") && head.method != .CONNECT
            && !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        expectsContinue =
            hasBody && !isHTTP10
            && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    /// One valid `Host`; only HTTP/1.0 may be without (section 3.2).
    private static func checkHost(of head: HTTPRequestHead) throws(Problem) {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || hosts.isEmpty && head.version == .http1_0 else {
            throw Problem(
                .malformed, hosts.isEmpty ? "The Host field is missing." : "There is more than one Host field.")
        }
        guard hosts.allSatisfy({ $0.utf8.allSatisfy(isHostByte) }) else {
            throw Problem(.malformed, "The Host field is not a host with an optional port.")
        }
    }

    /// RFC 3986 section 3.2.2, and the colon before a port.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%!$&'()*+,;=[]:".utf8.contains(byte)
        }
    }

    /// `chunked` is the only transfer coding (section 6.1).
    /// - Returns: whether the request has a body.
    private static func checkEncoding(of head: HTTPRequestHead) throws(Problem) -> Bool {
        let codings = head.headers[canonicalForm: "transfer-encoding"]
        if codings.isEmpty { return head.headers["content-length"].contains { $0 != "0" } }
        guard head.version != .http1_0 else {
            throw Problem(.malformed, "HTTP/1.0 has no Transfer-Encoding.")
        }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            throw Problem(.notImplemented, "The only Transfer-Encoding is chunked.")
        }
        return true
    }
}
