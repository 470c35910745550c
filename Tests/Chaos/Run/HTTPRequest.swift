import ChaosHistory
import Contracts
import Foundation
import NIOHTTP1

/// A request to the process that decides about an application.
struct HTTPRequest: Sendable {
    let application: ID
    let method: HTTPMethod
    let path: String
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []

    static func get(_ path: String, of application: ID) -> HTTPRequest {
        HTTPRequest(application: application, method: .GET, path: path)
    }

    private init(application: ID, method: HTTPMethod, path: String) {
        self.application = application
        self.method = method
        self.path = path
    }

    init(_ command: Command, _ purpose: HTTPExchange.Purpose) {
        application = command.message?.applicationID ?? .trusted("")
        let path = "/v1/applications/\(application)"
        switch command.message {
        case .update: (method, self.path) = (.PATCH, path)
        case .cancel: (method, self.path) = (.POST, path + "/cancellation")
        case .response: (method, self.path) = (.POST, path + "/responses")
        default: (method, self.path) = (.POST, "/v1/applications")
        }
        body = Self.data(of: command)
        // White space is allowed, and makes another body of it.
        if purpose == .otherBody { body.append(0x20) }
        headers = ["Content-Type": "application/json", "traceparent": command.traceparent]
        if purpose != .command(hasKey: false) { headers.add(name: "Idempotency-Key", value: command.messageID) }
    }

    /// The `data` of the command's message.
    private static func data(of command: Command) -> [UInt8] {
        let envelope = try? JSONSerialization.jsonObject(with: Data(command.bytes)) as? [String: Any]
        let data = envelope?["data"] ?? [:] as [String: Any]
        return (try? JSONSerialization.data(withJSONObject: data, options: .sortedKeys)).map(Array.init) ?? []
    }
}
