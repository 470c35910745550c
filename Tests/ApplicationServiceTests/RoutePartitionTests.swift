import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Logging
import TestSupport
import Testing
import Web

@testable import ApplicationService

/// Which partition can answer a request.
@Suite struct RoutePartitionTests {
    private func partition(
        _ method: HTTPRequest.Method, _ path: String, _ caller: Caller = Caller(role: .service, id: nil),
        body: String = "", assigned: ID? = nil
    ) throws -> Int? {
        let (route, parameters) = try #require(Route.find(method, path))
        var context = APIRequestContext(caller, parameters: parameters, logger: .quiet)
        context.body = Array(body.utf8)
        context.assignedID = assigned
        return try route.partition(of: context, count: 4)?.number
    }

    @Test func `every route is found by its path, and its parameters are read`() throws {
        for route in Route.allCases {
            let path = route.path.replacing("{id}", with: "a%20b").replacing("{volunteer_id}", with: "7")
                .replacing("{delivery_id}", with: "p00-1")
            let found = try #require(Route.find(route.method, path))
            #expect(found.route == route)
            #expect(found.parameters.get("id") == (route.path.contains("{id}") ? "a%20b" : nil))
            #expect(found.parameters.get("volunteer_id") == (route.path.contains("{volunteer_id}") ? "7" : nil))
        }
        #expect(Route.find(.get, "/v1/unknown") == nil)
        #expect(Route.find(.post, "/v1/applications/1") == nil)
    }

    @Test func `a request about an application is for its partition`() throws {
        for path in ["", "/responses", "/responses/5"] {
            #expect(try partition(.get, "/v1/applications/application_id123\(path)") == 1)
        }
        // An encoded id is decoded: заявка-7.
        let encoded = "%D0%B7%D0%B0%D1%8F%D0%B2%D0%BA%D0%B0-7"
        #expect(try partition(.patch, "/v1/applications/\(encoded)") == 0)
        #expect(try partition(.delete, "/v1/applications/application_id123") == 1)
        #expect(try partition(.post, "/v1/applications/application_id123/cancellation") == 1)
        #expect(try partition(.post, "/v1/applications/application_id123/responses") == 1)
        #expect(throws: Problem.self) { try partition(.get, "/v1/applications/%2A") }
    }

    @Test func `a create is for the partition of its id, chosen or assigned`() throws {
        let fields = """
            "fund_id":1,"available_spots":1,"application_name":"a","application_description":"",\
            "application_date":"2026-12-09","application_starttime":"10:00:00","application_endtime":"11:00:00"
            """
        let chosen = "{\"volunteer_application_id\":\"application_id123\",\(fields)}"
        #expect(try partition(.post, "/v1/applications", body: chosen, assigned: .trusted("456")) == 1)
        #expect(try partition(.post, "/v1/applications", body: "{\(fields)}", assigned: .trusted("456")) == 0)
        #expect(try partition(.post, "/v1/applications", body: "{", assigned: .trusted("456")) == nil)
        let volunteer = Caller(role: .volunteer, id: .trusted("5"))
        #expect(try partition(.post, "/v1/applications", volunteer, body: chosen, assigned: .trusted("456")) == nil)
    }

    @Test func `an operation is in the partition that its id names, and a list in all`() throws {
        let digits = String(repeating: "0", count: 32)
        #expect(try partition(.get, "/v1/operations/p03-\(digits)") == 3)
        #expect(try partition(.get, "/v1/operations/p04-\(digits)") == nil)
        #expect(try partition(.get, "/v1/operations/other") == nil)
        #expect(try partition(.get, "/v1/applications") == nil)
        #expect(try partition(.get, "/v1/volunteers/5/responses") == nil)
    }

    @Test func `the settings of webhooks are in the partition of the caller's name`() throws {
        let digits = String(repeating: "0", count: 32)
        let caller = Caller(role: .fund, id: .trusted("5"))
        let own = Partition.of(key: "fund:5", count: 4).number
        for path in ["/v1/signing-secret", "/v1/webhook-endpoints", "/v1/webhook-endpoints/p03-\(digits)"] {
            #expect(try partition(.get, path, caller) == own)
        }
        for path in [
            "/v1/signing-secret/rotate", "/v1/webhook-endpoints", "/v1/webhook-endpoints/p03-\(digits)/enable",
        ] {
            #expect(try partition(.post, path, caller) == own)
        }
        #expect(try partition(.delete, "/v1/webhook-endpoints/p03-\(digits)", caller) == own)
        // NotifierService's deliveries are asked for where it is known whose the endpoint is.
        for path in ["deliveries", "deliveries/p02-1"] {
            #expect(try partition(.get, "/v1/webhook-endpoints/p03-\(digits)/\(path)", caller) == own)
        }
        for path in ["test", "retry", "deliveries/p02-1/retry"] {
            #expect(try partition(.post, "/v1/webhook-endpoints/p03-\(digits)/\(path)", caller) == own)
        }
    }

    // A key whose partition is certain is looked up there alone, so that a client over its limit causes little work.
    @Test func `a key is looked up where it can be`() {
        func candidates(_ role: Caller.Role, _ method: String, _ path: String) -> [Int]? {
            let caller = Caller(role: role, id: .trusted("5"))
            let key = CommandKey("k", caller: caller.name, method: method, path: path, bodyDigest: [])
            return ReplayFinder.candidates(key, caller, count: 4)?.map(\.number)
        }
        #expect(candidates(.volunteer, "POST", "/v1/applications/application_id123/responses") == [1])
        #expect(candidates(.service, "PATCH", "/v1/applications/application_id123") == [1])
        #expect(candidates(.service, "POST", "/v1/applications") == nil)
        // They have no operation.
        #expect(candidates(.service, "POST", "/v1/webhook-endpoints/application_id123/enable") == [])
        let assigned = CommandKey.applicationID("k", caller: Caller(role: .fund, id: .trusted("5")).name)
        #expect(candidates(.fund, "POST", "/v1/applications") == [Partition.of(assigned, count: 4).number])
    }
}
