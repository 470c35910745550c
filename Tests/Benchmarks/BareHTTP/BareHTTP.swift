import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The baseline of `deploy/bench http`: the HTTP library alone, without decisions or storage. It has one route, which
/// reads the body and returns the given response with its headers. SIGTERM ends it.
///
///     BareHTTP PORT METHOD PATH STATUS BODY [NAME VALUE]…
@main
enum BareHTTP {
    static func main() async throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let port = arguments.popFirst().flatMap({ Int($0) }),
            let method = arguments.popFirst().flatMap({ HTTPRequest.Method($0) }), let path = arguments.popFirst(),
            let status = arguments.popFirst().flatMap({ Int($0) }), let body = arguments.popFirst()
        else {
            FileHandle.standardError.write(Data("usage: BareHTTP PORT METHOD PATH STATUS BODY [NAME VALUE]…\n".utf8))
            exit(64)
        }
        var headers = HTTPFields()
        while let name = arguments.popFirst().flatMap({ HTTPField.Name($0) }), let value = arguments.popFirst() {
            headers[name] = value
        }
        let answer = Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        let router = Router()
        router.on(RouterPath(path), method: method) { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return answer
        }
        var logger = Logger(label: "BareHTTP")
        logger.logLevel = .warning
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }
}
