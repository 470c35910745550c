import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// Reads the events of a stream as a browser does (WHATWG HTML section 9.2).
struct EventReader {
    struct Event: Hashable, Sendable {
        let id: Int64
        let data: String
    }

    let status: Int
    let headers: [String: String]
    /// The id with which the stream would be resumed.
    private(set) var last: Int64?
    private(set) var comments = 0
    private var lines: [String] = []
    private var rest: [UInt8] = []
    private var body: HTTPClientResponse.Body.AsyncIterator

    fileprivate init(_ response: HTTPClientResponse) {
        status = Int(response.status.code)
        headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
        body = response.body.makeAsyncIterator()
    }

    /// The next event; nil at the end of the stream.
    mutating func next() async throws -> Event? {
        while true {
            while let line = takeLine() {
                if line.isEmpty {
                    if let event = dispatch() { return event }
                } else {
                    lines.append(line)
                }
            }
            guard let part = try await body.next(isolation: #isolation) else { return nil }
            rest += part.readableBytesView
        }
    }

    /// The next events, as many as asked for.
    mutating func next(_ count: Int) async throws -> [Event] {
        var events: [Event] = []
        while events.count < count, let event = try await next() { events.append(event) }
        return events
    }

    private mutating func takeLine() -> String? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest.removeSubrange(...end) }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func dispatch() -> Event? {
        defer { lines = [] }
        var data: String?
        for line in lines {
            if line.hasPrefix(":") { comments += 1 }
            if line.hasPrefix("id: ") { last = Int64(line.dropFirst(4)) }
            if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
        }
        guard let data, let last else { return nil }
        return Event(id: last, data: data)
    }
}

extension APIClient {
    /// Opens a stream while `body` reads its events.
    /// - Parameter last: the last event that the client has.
    func stream<Value>(
        _ path: String, after last: Int64? = nil, _ headers: [String: String] = [:],
        _ body: (inout EventReader) async throws -> Value
    ) async throws -> Value {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let last { request.headers.add(name: "Last-Event-ID", value: "\(last)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        var reader = EventReader(try await Self.http.execute(request, timeout: TimeAmount(testTimeout)))
        return try await body(&reader)
    }
}
