import ApplicationDomain
import Foundation
import HTTPTypes
import ServiceKit
import Specs
import Testing
import Web

@testable import ApplicationService

/// The route table and the OpenAPI document describe the same API.
@Suite struct RouteTests {
    /// The compared part of the document.
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

    @Test func `routes and document have the same methods, paths and operations`() throws {
        let routes = Set(Route.allCases.map { "\($0.method.rawValue) \($0.path) \($0.rawValue)" })
        let documented = try document().lines
        let own = documented.filter { line in HealthRoutes.probePaths.contains { line.hasPrefix("GET \($0) ") } }
        #expect(own.count == HealthRoutes.probePaths.count)
        #expect(routes.subtracting(documented) == [])
        #expect(documented.subtracting(own).subtracting(routes) == [])
        #expect(routes.count == Route.allCases.count, "each occurs once")
    }

    @Test func `a route has the query parameters of the document`() throws {
        struct Parameter: Decodable {
            let name: String
            let `in`: String
        }
        struct Parameters: Decodable {
            struct Components: Decodable { let parameters: [String: Parameter] }
            let components: Components
        }
        let parameters = try JSONDecoder().decode(Parameters.self, from: Data(Specs.openAPI)).components.parameters
        let document = try #require(JSONSerialization.jsonObject(with: Data(Specs.openAPI)) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        var documented: [String: Set<String>] = [:]
        for item in paths.values.flatMap(\.values) {
            guard let operation = item as? [String: Any], let id = operation["operationId"] as? String else { continue }
            let references = (operation["parameters"] as? [[String: String]] ?? []).compactMap { $0["$ref"] }
            let used = references.compactMap { parameters[String($0.split(separator: "/").last ?? "")] }
            documented[id] = Set(used.filter { $0.in == "query" }.map(\.name))
        }
        for route in Route.allCases { #expect(documented[route.rawValue] == route.queryParameters, "\(route)") }
    }

    @Test func `the words and limits of the document are those of the code`() throws {
        let document = try #require(JSONSerialization.jsonObject(with: Data(Specs.openAPI)) as? [String: Any])
        let components = try #require(document["components"] as? [String: [String: [String: Any]]])
        func schema(_ parameter: String) -> [String: Any]? {
            components["parameters"]?[parameter]?["schema"] as? [String: Any]
        }
        #expect(
            components["schemas"]?["ResponseReason"]?["enum"] as? [String] == ResponseReason.allCases.map(\.rawValue))
        let table = components["schemas"]?["ResponseReason"]?["description"] as? String ?? ""
        let described = table.split(separator: "\n").compactMap { $0.prefixMatch(of: /\| `(\w+)` \|/)?.1 }
        #expect(described.map(String.init) == ResponseReason.allCases.map(\.rawValue))
        #expect(schema("sort")?["enum"] as? [String] == ApplicationSort.allCases.map(\.rawValue))
        #expect(schema("sort")?["default"] as? String == ApplicationFilter().sort.rawValue)
        #expect(schema("order")?["enum"] as? [String] == ResponseOrder.allCases.map(\.rawValue))
        #expect(schema("state")?["enum"] as? [String] == Member.Standing.allCases.map(\.rawValue))
        #expect(schema("deliveryState") != nil)
        #expect(components["schemas"]?["DeliveryState"]?["enum"] as? [String] == DeliveryState.allCases.map(\.rawValue))
        #expect(components["schemas"]?["EventType"]?["enum"] as? [String] == EventType.allCases.map(\.name))
        #expect(schema("q")?["maxLength"] as? Int == SearchText.maxLength)
    }

    @Test func `every problem code is in the document, with its status`() throws {
        let text = String(decoding: Specs.openAPI, as: UTF8.self)
        for code in Problem.Code.allCases {
            #expect(text.contains("| `\(code.rawValue)` | \(code.status.code) |"), "\(code)")
        }
    }

    @Test(arguments: [
        ("/v1/applications", "POST GET HEAD"), ("/v1/applications/a%2Fb", "GET PATCH DELETE HEAD"),
        ("/v1/applications/1/responses", "POST GET HEAD"), ("/healthz", "GET HEAD"), ("/metrics", ""),
        ("/v1", ""), ("/", ""),
        ("/v1/applications/1/2", ""), ("/v1/applications/1/responses/2/3", ""),
    ])
    func `a path allows its routes' methods, an unknown path none`(_ path: String, _ methods: String) {
        #expect(Route.allowedMethods(at: path).map(\.rawValue).joined(separator: " ") == methods)
    }

    @Test func `metrics name a request by its operation`() {
        for route in Route.allCases { #expect(Route.name(of: route.method, at: route.path) == route.rawValue) }
        #expect(Route.name(of: .head, at: "/v1/applications") == "listApplications")
        #expect(Route.name(of: .get, at: "/healthz") == nil)
        #expect(Route.name(of: .get, at: "NotFound") == "none")
        #expect(Route.name(of: .get, at: nil) == "none")
    }
}
