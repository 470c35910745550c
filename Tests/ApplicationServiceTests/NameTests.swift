import ApplicationDomain
import Contracts
import Ledger
import Testing
import Web

@testable import ApplicationService

/// Ids, keys and cursors that the HTTP API assigns.
@Suite struct NameTests {
    private let now = Timestamp(milliseconds: 1_795_000_000_000)

    @Test func `an operation's id names its partition, and later ones come after earlier ones`() throws {
        let partition = Partition(number: 7)
        let first = OperationID(in: partition, at: now, random: (1, 2))
        let second = OperationID(in: partition, at: now.advanced(by: .milliseconds(1)), random: (1, 2))
        #expect(first.partition == partition)
        #expect(OperationID(parsing: first.description) == first)
        #expect(first.description < second.description)
        #expect(OperationID.lowerBound(in: partition, at: now) <= first.description)
        #expect(OperationID.lowerBound(in: partition, at: now.advanced(by: .milliseconds(1))) > first.description)
        // Ids of the same millisecond differ only in their 80 random bits.
        #expect(first.description.hasSuffix("0001" + "0000000000000002"))
        let ids = Set(
            (0..<1_000).map { _ in
                OperationID(in: partition, at: now, random: LedgerEnvironment.live.random())
            })
        #expect(ids.count == 1_000)
    }

    @Test(arguments: ["", "p00", "p00-", "p00-0", "x00-00000000000000000000000000000000", "p00-ABCDEF"])
    func `anything else is not an operation's id`(_ text: String) {
        #expect(OperationID(parsing: text) == nil)
    }

    @Test func `an assigned application id is the same for the same caller and key`() throws {
        let fund = Caller(role: .fund, id: .trusted("1")).name
        let rival = Caller(role: .fund, id: .trusted("2")).name
        let key = try IdempotencyKey("k").text
        let id = CommandKey.applicationID(key, caller: fund)
        #expect(id == CommandKey.applicationID(try IdempotencyKey("\"k\"").text, caller: fund))
        #expect(id != CommandKey.applicationID(key, caller: rival))
        #expect(id != CommandKey.applicationID(try IdempotencyKey("l").text, caller: fund))
        #expect(ID(validating: id.string) == id && !id.isWrittenAsNumber)
        #expect(CommandKey.applicationID() != CommandKey.applicationID())
    }

    @Test func `a key's scope is the caller, the method and the path, but not the body`() throws {
        let key = try IdempotencyKey("k").text
        func make(_ caller: String, _ method: String, _ path: String, _ body: [UInt8]) -> CommandKey {
            CommandKey(
                key, caller: Caller(role: .fund, id: .trusted(caller)).name, method: method, path: path,
                bodyDigest: body)
        }
        let one = make("1", "POST", "/a", [1])
        #expect(one == make("1", "POST", "/a", [1]))
        #expect(one.scope == make("1", "POST", "/a", [2]).scope)
        #expect(one.body != make("1", "POST", "/a", [2]).body)
        for other in [make("2", "POST", "/a", [1]), make("1", "PATCH", "/a", [1]), make("1", "POST", "/b", [1])] {
            #expect(one.scope != other.scope)
        }
    }

    @Test func `an operation is visible to the caller with its bytes`() throws {
        let anna = Caller(role: .volunteer, id: try ID("anna-e\u{301}"))
        let operation = CommandOperation(
            id: OperationID(in: Partition(number: 0), at: now, random: (1, 2)), caller: anna.name, kind: .response,
            application: try ID("1"), volunteer: anna.id, createdAt: now, updatedAt: now, state: .pending)
        #expect(anna.canSee(operation) && Caller(role: .service, id: nil).canSee(operation))
        #expect(!Caller(role: .volunteer, id: try ID("anna-\u{e9}")).canSee(operation))
        #expect(!Caller(role: .fund, id: anna.id).canSee(operation))
    }

    @Test(arguments: ["17", "", "a b/c?é", "ф", "\u{301}x", " "]) func `a cursor's text parses to the same cursor`(
        _ after: String
    ) throws {
        let cursor = PageCursor(partition: Partition(number: 12), after: after)
        let text = cursor.text(list: "a1")
        #expect(try PageCursor(parsing: text, list: "a1") == cursor)
        #expect(try PageCursor(parsing: text, list: "a1").after.utf8.elementsEqual(after.utf8))
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        #expect(throws: Problem.self) { try PageCursor(parsing: text, list: "a2") }
    }

    @Test(arguments: [
        MemberPlace.anyone(after: ""), .anyone(after: "\u{301}x"), .others(after: "w 1"), .waiting(after: .min),
        .waiting(after: 7),
    ])
    func `a place's text parses to the same place`(place: MemberPlace) {
        #expect(MemberPlace(parsing: place.text) == place)
    }

    @Test(arguments: ["", "7", "w", "wx", "x1"]) func `no other text is a place`(text: String) {
        #expect(MemberPlace(parsing: text) == nil)
    }

    @Test(arguments: ["", "1", "1 2 3", "1 x", " 1", "99999999999999999999 1"])
    func `a cursor that was not made of a position is refused`(text: String) {
        #expect(throws: Problem.self) {
            try ApplicationPosition(PageCursor(partition: Partition(number: 0), after: text))
        }
    }

    @Test(arguments: ["", "x", "%%", "cDAw", "AAAA", "/w", "cDAwIDE"]) func `any other text is refused`(_ text: String)
    {
        #expect(throws: Problem.self) { try PageCursor(parsing: text, list: "") }
    }

    @Test func `the poll interval grows with the operation's age`() {
        for (age, interval) in [(0, 1), (9, 1), (10, 2), (59, 2), (60, 5), (599, 5), (600, 15), (86_400, 15)] {
            #expect(OperationsController.pollInterval(after: .seconds(age)) == interval)
        }
    }
}
