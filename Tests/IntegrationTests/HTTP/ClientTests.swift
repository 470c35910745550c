import Contracts
import Foundation
import TestSupport
import Testing

/// HTTP clients with their default settings, each with several requests over one connection (contract section 8). A
/// client that is missing fails its test, unless the environment variable `SKIP_MISSING_CLIENTS` is set.
@Suite struct ClientTests {
    private static let body = """
        {"fund_id":2,"available_spots":3,"application_name":"n","application_description":"",\
        "application_date":"2030-12-09","application_starttime":"14:00:00","application_endtime":"18:00:00"}
        """

    @Test func `curl gets its answers, also when it asks for HTTP 2 or expects 100`() async throws {
        try await withServer { port, folder in
            for option in ["--http1.1", "--http2", "--http1.0"] {
                let url = "http://127.0.0.1:\(port)/healthz"
                let out = try await run(
                    "/usr/bin/curl", ["-sv", option, "--max-time", "60", url, url, url], in: folder)
                #expect(out.code == 0 && out.text.matches(of: /ok\n/).count == 3, "\(option): \(out.text)")
                let connections = out.text.matches(of: /Connected to/).count
                // With HTTP 1.0 and after a request for an upgrade the server closes the connection.
                #expect(connections == (option == "--http1.1" ? 1 : 3), "\(option): \(out.text)")
            }
            // Long enough for curl to wait for 100 for an hour, if need be.
            let long = Self.body.replacing("\"n\"", with: "\"n\",\"x\":\"\(String(repeating: "x", count: 2_000))\"")
            let out = try await run(
                "/usr/bin/curl",
                [
                    "-sv", "--expect100-timeout", "3600", "--max-time", "300", "-H", "Expect: 100-continue",
                    "-H", "Content-Type: application/json", "-d", long, "http://127.0.0.1:\(port)/v1/applications",
                ], in: folder)
            #expect(out.code == 0 && out.text.contains("HTTP/1.1 100") && out.text.contains("HTTP/1.1 202"), "\(out)")
        }
    }

    @Test func `Python's clients get their answers`() async throws {
        try await withServer { port, folder in
            let script = """
                import http.client, sys, urllib.request
                port, body = sys.argv[1:]
                json = {"Content-Type": "application/json"}
                for _ in range(3):  # with Connection: close, and it reads to the end
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=250) as answer:
                        assert answer.read() == b"ready\\n"
                connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=250)
                for _ in range(3):
                    connection.request("POST", "/v1/applications", body, json)
                    answer = connection.getresponse()
                    assert answer.status == 202 and answer.read(), answer.status
                    connection.request("POST", "/v1/applications", iter([body.encode()]), json, encode_chunked=True)
                    answer = connection.getresponse()
                    assert answer.status == 202 and answer.read(), answer.status
                    assert not answer.will_close
                print("done")
                """
            let out = try await run(Self.python, ["-c", script, "\(port)", Self.body], in: folder)
            #expect(out.code == 0 && out.text == "done\n", "\(out.text)")
        }
    }

    /// `HttpClient.newHttpClient()` offers `Upgrade: h2c` with every request.
    @Test(.enabled(if: isRequired(java)))
    func `Java's client gets its answers`() async throws {
        try await withServer { port, folder in
            let program = """
                import java.net.URI;
                import java.net.http.*;
                public class Clients {
                    public static void main(String[] words) throws Exception {
                        var client = HttpClient.newHttpClient();
                        var text = HttpResponse.BodyHandlers.ofString();
                        var body = HttpRequest.BodyPublishers.ofString(words[1]);
                        var uri = URI.create("http://127.0.0.1:" + words[0] + "/v1/applications");
                        for (int i = 0; i < 3; i++) {
                            var get = client.send(HttpRequest.newBuilder(uri).build(), text);
                            var command = HttpRequest.newBuilder(uri).header("Content-Type", "application/json");
                            var post = client.send(command.expectContinue(i == 2).POST(body).build(), text);
                            System.out.println(get.statusCode() + " " + post.statusCode());
                        }
                    }
                }
                """
            let file = folder.appending(path: "Clients.java")
            try program.write(to: file, atomically: true, encoding: .utf8)
            let out = try await run(Self.java, [file.path, "\(port)", Self.body], in: folder)
            #expect(out.code == 0 && out.text == String(repeating: "200 202\n", count: 3), "\(out.text)")
        }
    }

    @Test(.enabled(if: isRequired(node)))
    func `Node's client gets its answers`() async throws {
        try await withServer { port, folder in
            let script = """
                const [port, body] = process.argv.slice(1)
                const url = `http://127.0.0.1:${port}/v1/applications`
                for (let i = 0; i < 3; i++) {
                    const get = await fetch(url), post = await fetch(url,
                        {method: 'POST', body, headers: {'Content-Type': 'application/json'}})
                    console.log(get.status, post.status, (await get.text()).length > 0, (await post.text()).length > 0)
                }
                """
            let out = try await run(
                Self.node, ["--input-type=module", "-e", script, "\(port)", Self.body], in: folder)
            #expect(out.code == 0 && out.text == String(repeating: "200 202 true true\n", count: 3), "\(out.text)")
        }
    }

    /// What the clients above send, byte by byte; the server closes the connection after the last.
    @Test func `a client that reads to the end gets every answer`() async throws {
        try await withServer { port, _ in
            let upgrade = """
                GET /readyz HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\nHost: 127.0.0.1\r\n\
                HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n\
                User-Agent: Java-http-client/17.0.13\r\n\r\n
                """
            let cases: [(String, [Substring])] = [
                (upgrade, ["200"]), ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n\(upgrade)", ["200", "200"]),
                ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", ["200"]),
                ("GET /healthz HTTP/1.0\r\n\r\n", ["200"]),
                ("GET /healthz HTTP/1.1\r\n\r\n", ["400"]),
                (
                    "GET /healthz HTTP/1.1\r\nHost: a\r\nCookie: \(String(repeating: "c", count: 17_000))\r\n\r\n",
                    ["431"]
                ),
                ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n", ["200", "400"]),
            ]
            for (bytes, statuses) in cases {
                let answer = String(
                    decoding: try RawClient.exchange(Array(bytes.utf8), with: .port(port)), as: UTF8.self)
                #expect(answer.matches(of: /HTTP\/1\.1 (\d+)/).map(\.1) == statuses, "\(bytes.prefix(60)): \(answer)")
            }
        }
    }

    // MARK: - Programs

    private static let python = "/usr/bin/python3"
    private static let java = "/usr/bin/java"
    private static let node = "/usr/bin/node"

    private static func isRequired(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: program)
            || ProcessInfo.processInfo.environment["SKIP_MISSING_CLIENTS"] == nil
    }

    private func withServer(_ body: (_ port: Int, _ folder: URL) async throws -> Void) async throws {
        try await TestSystem.run(services: [.application], invariants: false) { system in
            try await body(system.application.httpPort, system.data)
        }
    }

    /// Runs a program; its output and errors as one text.
    private func run(
        _ program: String, _ arguments: [String], in folder: URL
    ) async throws -> (code: Int32, text: String) {
        try #require(
            FileManager.default.isExecutableFile(atPath: program),
            "\(program) is missing: install curl, python3, openjdk-17-jdk-headless and nodejs")
        let output = folder.appending(path: "out-\(UUID().uuidString.prefix(8))")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let handle = try FileHandle(forWritingTo: output)
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let code: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return (code, try String(contentsOf: output, encoding: .utf8))
    }
}
