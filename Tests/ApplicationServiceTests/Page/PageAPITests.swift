import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Testing
import Web

@testable import ApplicationService

/// What the page reads of the API's answers: the examples of the OpenAPI document, which the API really gives.
@Suite struct PageAPITests {
    private static let id = ID.trusted("456")
    private static let volunteer = ID.trusted("5")

    @Test func `a call is read, with a tag of what its fund decides`() async throws {
        let api = ScriptedAPI(["/v1/applications/456": try ScriptedAPI.example("application")]).page(.volunteer)
        let (call, tag) = try await api.versionedCall(.trusted("456"))
        #expect(call.id.string == "456" && call.fundID.string == "123" && call.name == "Помощь в уборке территории")
        #expect(call.details == "" && call.spots == 2 && call.freeSpots == 0 && call.confirmed == 2)
        #expect(call.waiting == 1 && call.status == .open && call.cancelReason == nil)
        #expect(call.schedule.date.description == "2030-12-09" && call.schedule.timeZone == "UTC")
        #expect(call.startsAt.description == "2030-12-09T14:00:00Z")
        #expect(call.endsAt.description == "2030-12-09T18:00:00Z")
        #expect(tag == "\"of application\"" && call.tag != nil && call.tag != tag)
    }

    @Test func `the tag of a call changes with what its fund decides, and not with the counts`() async throws {
        func tag(_ change: (inout String) -> Void) async throws -> String? {
            var text = String(
                decoding: try await ScriptedAPI.example("application").collectedBody(), as: UTF8.self)
            change(&text)
            let answer = PageAPIAnswer(headers: [:], body: Array(text.utf8))
            return try answer.decoded(as: Call.self).tag
        }
        let before = try await tag { _ in }
        #expect(try await tag { $0.replace("\"waiting\":1", with: "\"waiting\":7") } == before)
        #expect(try await tag { $0.replace("\"confirmed\":2", with: "\"confirmed\":1") } == before)
        #expect(try await tag { $0.replace("\"available_spots\":2", with: "\"available_spots\":3") } != before)
        #expect(try await tag { $0.replace("14:00:00\"", with: "15:00:00\"") } != before)
        #expect(try await tag { $0.replace("\"open\"", with: "\"cancelled\"") } != before)
    }

    @Test func `responses are read with place, offer and reason`() async throws {
        let api = ScriptedAPI([
            "/v1/applications/456/responses/1011": try ScriptedAPI.example("waiting"),
            "/v1/applications/456/responses/7": try ScriptedAPI.example("waitingUnlisted"),
            "/v1/applications/456/responses": try ScriptedAPI.example("responses"),
        ]).page(.fund)
        let offered = try await api.response(of: .trusted("1011"), to: Self.id)
        #expect(offered?.volunteer.string == "1011" && offered?.state == .waiting && offered?.position == 1)
        #expect(offered?.offerUntil?.description == "2026-11-22T09:31:12.250Z")
        #expect(offered?.reason == "spot_offered" && offered?.comment == nil && offered?.isPositionPending == false)
        #expect(offered?.updatedAt?.description == "2026-11-21T09:31:12.250Z")
        let unlisted = try await api.response(of: .trusted("7"), to: Self.id)
        #expect(unlisted?.isPositionPending == true && unlisted?.position == nil)
        #expect(try await api.response(of: .trusted("8"), to: Self.id) == nil)
        let list = try await api.responses(to: Self.id, state: nil, limit: 2, cursor: nil)
        #expect(list.items.map(\.volunteer.string) == ["1011", "789"] && list.cursor == "MTAxMQ")
    }

    @Test func `the inbox and the responses of a volunteer name their calls`() async throws {
        let api = ScriptedAPI([
            "/v1/volunteers/5/notifications": try ScriptedAPI.example("notifications"),
            "/v1/volunteers/5/responses": try ScriptedAPI.example("volunteerResponses"),
        ]).page(.volunteer)
        let inbox = try await api.inbox(of: Self.volunteer, unreadOnly: true, limit: 1)
        #expect(inbox.unread == 2 && inbox.cursor == "MTAxMQ" && inbox.items.map(\.call.string) == ["456"])
        #expect(inbox.items.map(\.id) == [1_795_253_472_250_000] && inbox.items.map(\.isRead) == [false])
        #expect(inbox.items.first?.kind == "refused")
        let responses = try await api.ownResponses(of: Self.volunteer, limit: 50)
        #expect(responses.items.map(\.call.string) == ["456", "457"] && responses.cursor == nil)
        #expect(responses.items.map(\.response.reason) == ["spot_offered", "application_cancelled"])
        #expect(await api.unread(of: Self.volunteer) == 2)
    }

    @Test func `an operation says what became of a command`() async throws {
        let api = ScriptedAPI([
            "/v1/operations/a": try ScriptedAPI.example("pending"),
            "/v1/operations/b": try ScriptedAPI.example("failed"),
            "/v1/operations/c": try ScriptedAPI.example("created"),
        ]).page(.fund)
        #expect(await api.notice(ofOperation: "a") == .running)
        #expect(await api.notice(ofOperation: "b") == .refused(code: "application_cancelled"))
        #expect(await api.notice(ofOperation: "c") == .done)
        #expect(await api.notice(ofOperation: "another") == nil)
        #expect(await api.notice(ofOperation: nil) == nil)
    }

    @Test func `a command carries its key, its condition and how long it waits`() async throws {
        let script = ScriptedAPI(["/v1/applications/a%2Fb": try ScriptedAPI.example("created", status: .accepted)])
        let operation = try await script.page(.fund).command(
            .patch, APIPath.application(.trusted("a/b")), Array("{}".utf8), key: FormKey("k"), onlyIf: "\"t\"")
        #expect(operation.call?.string == "456" && operation.notice == .done)
        let asked = try #require(script.requests.first)
        #expect(asked.method == .patch && asked.body == "{}" && asked.headers[.ifMatch] == "\"t\"")
        #expect(asked.headers[.idempotencyKey] == "k" && asked.headers[.prefer] == "wait=2")
        #expect(asked.headers[.contentType] == "application/json" && asked.headers[.contentLength] == "2")
    }

    @Test func `a problem is thrown with its fields, also one of a newer version`() async throws {
        let item = Problem.Item(pointer: "/available_spots", code: .badValue, detail: "must be less")
        let newer = Response(
            status: .conflict, body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"code":"too_new","detail":"No."}"#))
        )
        let api = ScriptedAPI([
            "/v1/a": Problem(.validation, "Wrong.", errors: [item]).response(), "/v1/b": newer,
            "/v1/c": Response(status: .serviceUnavailable),
        ]).page(.fund)
        func problem(_ path: String) async -> Problem? {
            await #expect(throws: Problem.self) { _ = try await api.send(.get, path) }
        }
        let validation = await problem("/v1/a")
        #expect(validation?.code == .validation && validation?.errors == [item])
        #expect(await problem("/v1/b")?.status == .conflict)
        #expect(await problem("/v1/c")?.code == .unavailable)
        #expect(await problem("/v1/d")?.code == .notFound)
    }

    @Test func `an answer that is none is an error without what it says`() async throws {
        let api = ScriptedAPI(["/v1/applications/1": Response(status: .ok)]).page(.fund)
        let problem = await #expect(throws: Problem.self) { _ = try await api.call(.trusted("1")) }
        #expect(problem?.code == .internal)
    }

    @Test func `pages that are short are followed until there is something to show`() async throws {
        let script = ScriptedAPI([
            "/v1/applications": Response(
                status: .ok,
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: #"{"items":[],"next":"/v1/applications?q=a&cursor=c%2B1"}"#)))
        ])
        let query = CallQuery(status: .open, text: "чисто & ясно", order: .start, limit: 20)
        let (calls, cursor) = try await script.page(.volunteer).calls(query)
        #expect(calls.isEmpty && cursor == "c+1")
        #expect(script.requests.count == 8, "and not for ever")
        let path = try #require(script.requests.last?.path)
        #expect(path.hasSuffix("&sort=starts_at&limit=20&cursor=c%2B1") && path.contains("q=%D1%87"))
    }

    @Test func `the page does not wait for a notifier that does not answer`() async {
        let api = PageAPI(Caller(role: .volunteer, id: Self.volunteer)) { _, _ in
            // Only the page's own time limit ends it.
            let (answers, continuation) = AsyncStream<Response>.makeStream()
            defer { continuation.finish() }
            for await answer in answers { return answer }
            throw CancellationError()
        }
        #expect(await api.unread(of: Self.volunteer) == nil)
    }
}
