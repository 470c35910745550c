import Contracts
import Hummingbird
import Logging
import NIOCore

/// Logs each request once, when its response is known: at info, but probes and scrapes at debug. It must come first, so
/// that it sees the status of errors and the time of all middleware.
///
/// A line has the path without its query, or the one that ``ActiveRequest/hidePath(as:)`` gives instead, and who
/// called: ids, but no names, tokens or bodies. While the level is off nothing is measured and no text is made.
struct AccessLog: RouterMiddleware {
    /// The address of the current connection's client.
    @TaskLocal static var remoteAddress: SocketAddress?

    let logger: Logger

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let active = ActiveRequest(id: request.headers[.requestID].flatMap { RequestID($0) } ?? RequestID())
        return try await ActiveRequest.$current.withValue(active) {
            guard logger.logLevel <= .info else { return try await next(request, context) }
            let start = ContinuousClock.now
            do {
                let response = try await next(request, context)
                log(request, context, active, response.status, response.body.contentLength, since: start)
                return response
            } catch {
                let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
                log(request, context, active, status, nil, since: start)
                throw error
            }
        }
    }

    private func log(
        _ request: Request, _ context: BasicRequestContext, _ active: ActiveRequest, _ status: HTTPResponse.Status,
        _ bytes: Int?, since start: ContinuousClock.Instant
    ) {
        // Hummingbird's own responder for unknown paths has a name instead of a path.
        let route = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
        let level: Logger.Level = route.map(HealthRoutes.paths.contains) == true ? .debug : .info
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            LogKey.method: "\(request.method)", LogKey.path: "\(Self.visible(active.path ?? request.uri.path))",
            LogKey.status: "\(status.code)", LogKey.bytes: "\(bytes ?? 0)",
            LogKey.milliseconds: "\(Self.milliseconds(ContinuousClock.now - start))",
        ]
        if let route { metadata[LogKey.route] = "\(route)" }
        if let address = Self.remoteAddress { metadata[LogKey.remote] = "\(Self.text(of: address))" }
        if let caller = active.caller {
            metadata[LogKey.role] = "\(caller.role.rawValue)"
            if let id = caller.id { metadata[LogKey.subject] = "\(Self.visible(id.string))" }
        }
        logger.log(level: level, "Request", metadata: metadata)
    }

    /// Logs a request that was refused before it reached the router.
    static func logRefusal(_ problem: Problem, id: RequestID, from address: SocketAddress?, _ logger: Logger) {
        guard logger.logLevel <= .info else { return }
        var metadata: Logger.Metadata = [
            LogKey.requestID: "\(id)", LogKey.status: "\(problem.code.status.code)",
            LogKey.reason: "\(problem.detail)",
        ]
        if let address { metadata[LogKey.remote] = "\(text(of: address))" }
        logger.info("Request refused", metadata: metadata)
    }

    // MARK: - Texts

    /// At most 256 bytes of a client's text, with everything but visible ASCII percent-encoded: it cannot begin a new
    /// line or another key.
    static func visible(_ text: String) -> String {
        if text.utf8.count <= maxBytes, text.utf8.allSatisfy(isVisible) { return text }
        var result = ""
        for byte in text.utf8.prefix(maxBytes) {
            if isVisible(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
            }
        }
        return result
    }

    private static let maxBytes = 256

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) }

    /// With one decimal.
    static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func text(of address: SocketAddress) -> String {
        guard let ip = address.ipAddress else { return "\(address)" }
        return "\(ip.contains(":") ? "[\(ip)]" : ip):\(address.port ?? 0)"
    }
}
