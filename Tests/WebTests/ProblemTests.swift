import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite struct ProblemTests {
    /// Repeated here because clients rely on them: no code or status may change by accident.
    @Test(arguments: [
        ("malformed", 400), ("unauthorized", 401), ("forbidden", 403), ("not_found", 404), ("method_not_allowed", 405),
        ("not_acceptable", 406),
        ("application_cancelled", 409), ("application_started", 409), ("differing_application", 409),
        ("too_many_endpoints", 409), ("rotated_recently", 409),
        ("operation_expired", 410), ("precondition_failed", 412),
        ("content_too_large", 413), ("unsupported_media_type", 415),
        ("misdirected_request", 421), ("validation", 422), ("idempotency_mismatch", 422),
        ("unsupported_callback", 422), ("callback_url_refused", 422),
        ("too_many_changes", 429), ("too_many_requests", 429), ("internal", 500),
        ("unavailable", 503), ("outcome_unknown", 503),
    ])
    func `every code has its status`(word: String, status: Int) throws {
        #expect(try #require(Problem.Code(rawValue: word)).status.code == status)
    }

    @Test func `there are no other codes, and each has a title of its own`() {
        #expect(Problem.Code.allCases.count == 28)
        #expect(Set(Problem.Code.allCases.map(\.title)).count == 28)
    }

    @Test func `a problem is a document of RFC 9457`() throws {
        let problem = Problem(
            .validation, "One \"field\" / é",
            errors: [Problem.Item(pointer: "/available_spots", code: .badValue, detail: "must be from 1 to 100000")])
        #expect(
            String(decoding: problem.json, as: UTF8.self) == """
                {"code":"validation","detail":"One \\"field\\" / é","errors":[{"code":"bad_value",\
                "detail":"must be from 1 to 100000","pointer":"/available_spots"}],"status":422,\
                "title":"Validation failed","type":"urn:waiting-list:problem:validation"}
                """)
    }

    @Test func `without invalid fields there is no errors member`() throws {
        let text = String(decoding: Problem(.notFound, "No.").json, as: UTF8.self)
        #expect(!text.contains("errors"))
        #expect(text.contains(#""status":404"#))
    }

    @Test func `the response has the problem's status, media type and header fields`() {
        let response = Problem(.notFound, "No.", headers: [.cacheControl: "no-store"]).response()
        #expect(response.status == .notFound)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.body.contentLength == Problem(.notFound, "No.").json.count)
    }

    @Test(arguments: [
        (Duration.zero, "1"), (.milliseconds(1), "1"), (.seconds(1), "1"), (.milliseconds(1_001), "2"),
        (.seconds(15), "15"),
    ])
    func `Retry-After is in whole seconds, rounded up, one at least`(wait: Duration, text: String) {
        #expect(Problem.tooManyRequests(retryAfter: wait).headers[.retryAfter] == text)
        #expect(Problem.unavailable("Later.", retryAfter: wait).response().headers[.retryAfter] == text)
        #expect(Problem.outcomeUnknown(retryAfter: wait).headers[.retryAfter] == text)
    }

    @Test func `405 and 401 have their header fields`() {
        #expect(Problem.methodNotAllowed(allow: [.get, .delete]).headers[.allow] == "GET, DELETE")
        #expect(Problem.unauthenticated.headers[.wwwAuthenticate] == "Bearer realm=\"api\"")
        #expect(
            Problem.unauthorized("No.").headers[.wwwAuthenticate] == "Bearer realm=\"api\", error=\"invalid_token\"")
    }
}
