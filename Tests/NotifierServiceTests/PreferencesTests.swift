import Contracts
import Ledger
import TestSupport
import Testing
import Web

@testable import NotifierService

/// How a user wants to be notified (contract sections 6 and 8).
@Suite struct PreferencesTests {
    private static let path = "/v1/volunteers/v1/preferences"
    private static let nothing = #"{"language":null,"time_zone":null}"#

    private let park = GivenApplication()

    @Test func `preferences are replaced as a whole, and a user who prefers nothing leaves no row`() async throws {
        try await NotifierFixture.World().run { notifier in
            #expect(try await notifier.ask("GET", Self.path).body == Self.nothing)
            for body in [
                #"{"language":"ru","time_zone":"Asia/Tokyo"}"#, #"{"language":null,"time_zone":"Europe/Moscow"}"#,
                #"{"language":"en","time_zone":null}"#,
            ] {
                let answer = try await notifier.ask("PUT", Self.path, body: body)
                #expect(answer.status == 200 && answer.body == body)
                #expect(try await notifier.ask("GET", Self.path).body == body)
            }
            #expect(try await notifier.ask("GET", "/v1/volunteers/v2/preferences").body == Self.nothing)
            #expect(try notifier.count("SELECT count(*) FROM preferences") == 1)
            #expect(try await notifier.ask("PUT", Self.path, body: Self.nothing).body == Self.nothing)
            #expect(try notifier.count("SELECT count(*) FROM preferences") == 0)
        }
    }

    @Test(arguments: [
        ("", 400, nil), ("[]", 400, nil), ("{", 400, nil), (#""ru""#, 400, nil),
        (#"{"language":"ru","language":"en","time_zone":null}"#, 400, nil),
        ("{}", 422, "/language missing_field"), (#"{"time_zone":null}"#, 422, "/language missing_field"),
        (#"{"language":null}"#, 422, "/time_zone missing_field"),
        (#"{"language":"de","time_zone":null}"#, 422, "/language bad_value"),
        (#"{"language":"","time_zone":null}"#, 422, "/language bad_value"),
        (#"{"language":"en_US","time_zone":null}"#, 422, "/language bad_value"),
        (#"{"language":1,"time_zone":null}"#, 422, "/language wrong_type"),
        (#"{"language":"ru","time_zone":"MSK"}"#, 422, "/time_zone bad_value"),
        (#"{"language":"ru","time_zone":"../passwd"}"#, 422, "/time_zone bad_value"),
        (#"{"language":"ru","time_zone":["UTC"]}"#, 422, "/time_zone wrong_type"),
    ])
    func `what is invalid is refused with the field, and changes nothing`(
        _ body: String, _ status: Int, _ error: String?
    ) async throws {
        try await NotifierFixture.World().run { notifier in
            let before = #"{"language":"en","time_zone":"Asia/Tokyo"}"#
            _ = try await notifier.ask("PUT", Self.path, body: before)
            let answer = try await notifier.ask("PUT", Self.path, body: body)
            #expect(answer.status == status)
            if let error {
                let parts = error.split(separator: " ")
                #expect(answer.body?.contains(#""pointer":"\#(parts[0])""#) == true, "\(answer)")
                #expect(answer.body?.contains(#""code":"\#(parts[1])""#) == true, "\(answer)")
            }
            #expect(try await notifier.ask("GET", Self.path).body == before)
            #expect(try await notifier.ask("PUT", "/v1/volunteers/%2A/preferences", body: before).status == 404)
        }
    }

    @Test func `a user's notifications are in their language from then on, and those of others are not`()
        async throws
    {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive([park.create, park.told("v1", .waiting)], epoch: 1)
            _ = try await notifier.ask("PUT", Self.path, body: #"{"language":"ru","time_zone":null}"#)
            try await notifier.receive(
                [park.told("v1", .confirmed), park.told("v2", .confirmed), park.rename("Forest")], epoch: 1)
            try await notifier.settle()
            let first = try await notifier.messages(to: "v1")
            #expect(first.map(\.isRussian) == [false, true, true], "\(first)")
            let second = try await notifier.messages(to: "v2")
            #expect(second.map(\.isRussian) == [false, false], "\(second)")
            // Also for an application that does not exist.
            try await notifier.receive([Self.unknown("v1"), Self.unknown("v2")], epoch: 1)
            #expect(try await notifier.messages(to: "v1").last?.isRussian == true)
            #expect(try await notifier.messages(to: "v2").last?.isRussian == false)
        }
    }

    private static func unknown(_ user: String) -> Message {
        GivenApplication(id: "none").told(user, .refused, reason: .unknownApplication)
    }
}

extension String {
    fileprivate var isRussian: Bool { unicodeScalars.contains { ("а"..."я").contains($0) } }
}

extension NotifierFixture {
    /// What a user was sent, in order.
    fileprivate func messages(to user: String) async throws -> [String] {
        try await file.read {
            try NotificationStore($0).notifications(of: .trusted(user), after: 0, limit: 99).map(\.message)
        }
    }
}
