import Contracts
import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// The visitor's language and time zone.
@Suite struct SettingsPageTests {
    @Test func `the language and the zone that a visitor has chosen are kept`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let page = try await fund.get("/settings")
            #expect(page.status == 200 && page.body.contains("<html lang=\"en\""))
            let chosen = ["language": "ru", "time_zone": "Asia/Omsk"]
            let saved = try await fund.submit("/settings", on: page, chosen)
            #expect(saved.status == 303)
            let cookie = try #require(saved.headers.first(name: "set-cookie"))
            #expect(
                cookie.hasPrefix("__Host-settings=") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"))
            let after = try await fund.get("/settings")
            #expect(after.body.contains("<html lang=\"ru\"") && after.shows("Asia/Omsk"))
            let mistyped = try await fund.submit("/settings", on: after, ["language": "ru", "time_zone": "омск"])
            #expect(mistyped.status == 422 && mistyped.shows("омск") && mistyped.shows("Asia/Omsk"))
            #expect(mistyped.headers.first(name: "set-cookie") == nil)
            try await system.quiesce()
        }
    }

    @Test func `messages are in the language that a volunteer has chosen on the page`() async throws {
        try await TestSystem.run(
            settings: TestSystem.page, services: [.application, .waitlist, .notifier]
        ) { system in
            let anna = try await system.browser("volunteer", "anna")
            let chosen = ["language": "ru", "time_zone": "Asia/Omsk"]
            let saved = try await anna.submit("/settings", on: anna.get("/settings"), chosen)
            #expect(saved.status == 303 && saved.location == "/settings?saved=saved")
            let robot = try await system.client("service", "robot")
            let kept = try await robot.get("/v1/volunteers/anna/preferences")
            #expect(kept.body == #"{"language":"ru","time_zone":"Asia/Omsk"}"#)

            system.notifier.signal(SIGTERM)
            _ = try await system.notifier.waitForExit(within: .seconds(12))
            let english = ["language": "en", "time_zone": "Asia/Omsk"]
            let partly = try await anna.submit("/settings", on: anna.get("/settings"), english)
            #expect(partly.status == 303 && partly.location == "/settings?saved=page")
            let page = try await anna.get("/settings?saved=page")
            #expect(page.body.contains("<html lang=\"en\""), "the page has the language without NotifierService")
        }
    }
}
