import Foundation
import HTTPTypes
import ServiceKit
import Specs
import Testing
import Web

@testable import ApplicationService

/// The door's table and the OpenAPI document name the same things.
@Suite struct RouteTests {
    /// Of the document, as far as it is compared.
    private struct Document: Decodable {
        struct Operation: Decodable {
            let operationId: String
        }

        struct Item: Decodable {
            var get: Operation?
            var post: Operation?
            var patch: Operation?
            var delete: Operation?
            var put: Operation?
            var head: Operation?
            var options: Operation?
        }

        let paths: [String: Item]

        /// `POST /v1/applications createApplication`
        var lines: Set<String> {
            Set(
                paths.flatMap { path, item in
                    [
                        ("GET", item.get), ("POST", item.post), ("PATCH", item.patch), ("DELETE", item.delete),
                        ("PUT", item.put), ("HEAD", item.head), ("OPTIONS", item.options),
                    ].compactMap { method, operation in operation.map { "\(method) \(path) \($0.operationId)" } }
                })
        }
    }

    private func document() throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(Specs.openAPI))
    }

    @Test func `routes and document name the same methods, paths and operations`() throws {
        let routes = Set(Route.all.map { "\($0.method.rawValue) \($0.path) \($0.name)" })
        let documented = try document().lines
        let own = documented.filter { line in HTTPServer.ownPaths.contains { line.hasPrefix("GET \($0) ") } }
        #expect(own.count == HTTPServer.ownPaths.count)
        #expect(routes.subtracting(documented) == [])
        #expect(documented.subtracting(own).subtracting(routes) == [])
        #expect(routes.count == Route.all.count, "each is there once")
    }

    @Test func `every problem is in the document, with its status`() throws {
        let text = String(decoding: Specs.openAPI, as: UTF8.self)
        for code in Problem.Code.allCases {
            #expect(text.contains("| `\(code.rawValue)` | \(code.status.code) |"), "\(code)")
        }
    }

    @Test(arguments: [
        ("/v1/applications", "POST GET HEAD"), ("/v1/applications/a%2Fb", "GET PATCH DELETE HEAD"),
        ("/v1/applications/1/responses", "POST GET HEAD"), ("/healthz", "GET HEAD"), ("/v1", ""), ("/", ""),
        ("/v1/applications/1/2", ""), ("/v1/applications/1/responses/2/3", ""),
    ])
    func `a path says what it allows, one that leads nowhere nothing`(_ path: String, _ methods: String) {
        #expect(Route.allowed(at: path).map(\.rawValue).joined(separator: " ") == methods)
    }
}
