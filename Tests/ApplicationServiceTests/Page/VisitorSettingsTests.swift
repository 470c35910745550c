import Contracts
import HTTPTypes
import Hummingbird
import Testing
import Wording

@testable import ApplicationService

/// In which language and time zone a visitor reads the page: what they chose, what the browser says, the defaults.
@Suite struct VisitorSettingsTests {
    private func settings(
        _ fields: [(HTTPField.Name, String)], _ defaults: VisitorSettings = VisitorSettings()
    ) -> [String] {
        let settings = VisitorSettings(of: .page("/", fields), defaults: defaults)
        return [settings.language.rawValue, settings.zoneName]
    }

    @Test(arguments: [
        ("en", "en"), ("ru", "ru"), ("en-GB,en;q=0.9", "en"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de,en;q=0.5,ru;q=0.7", "ru"), ("de-CH, en ; q=0.8 , ru;q=0.2", "en"), ("de", "ru"), ("*", "ru"), ("", "ru"),
        ("en;q=0", "ru"), ("en;q=0,ru;q=0.1", "ru"), ("en,ru", "en"), ("en;q=x", "en"), (",,;;,=", "ru"),
        ("EN-us", "en"),
    ])
    func `the browser's favourite language is used, if it has texts`(_ header: String, _ language: String) {
        #expect(settings([(.acceptLanguage, header)]) == [language, "UTC"])
    }

    @Test(arguments: [
        ("en:Europe/Moscow", ["en", "Europe/Moscow"]), ("en:", ["en", "Asia/Tokyo"]), ("en", ["en", "Asia/Tokyo"]),
        (":Europe/Berlin", ["ru", "Europe/Berlin"]), ("de:Mars/Olympus", ["ru", "Asia/Tokyo"]),
        ("", ["ru", "Asia/Tokyo"]),
        ("en:../../etc/passwd", ["en", "Asia/Tokyo"]), ("en:Europe/Moscow:x", ["en", "Asia/Tokyo"]),
        (String(repeating: "x", count: 9_000), ["ru", "Asia/Tokyo"]),
    ])
    func `what a visitor chose counts more, each part if it is valid`(_ cookie: String, _ expected: [String]) {
        let defaults = VisitorSettings(language: .en, zoneName: "Asia/Tokyo")
        let fields: [(HTTPField.Name, String)] = [(.acceptLanguage, "ru"), (.cookie, "__Host-settings=\(cookie)")]
        #expect(settings(fields, defaults) == expected)
    }

    @Test func `settings are read as they were written`() throws {
        let chosen = VisitorSettings(language: .en, zoneName: "America/Argentina/Buenos_Aires")
        #expect(
            chosen.cookieField
                == "__Host-settings=en:America/Argentina/Buenos_Aires; Path=/; Max-Age=31536000; HttpOnly; Secure; "
                + "SameSite=Lax")
        let cookie = String(chosen.cookieField.prefix { $0 != ";" })
        #expect(settings([(.cookie, cookie)]) == ["en", "America/Argentina/Buenos_Aires"])
    }

    @Test func `an unknown zone changes nothing`() {
        var settings = VisitorSettings(language: .ru, zoneName: "Europe/Moscow")
        let isKnown = settings.setZone("Moscow")
        #expect(!isKnown)
        #expect(settings.zoneName == "Europe/Moscow" && settings.zone == CivilClock.zone(named: "Europe/Moscow"))
        #expect(VisitorSettings(zoneName: "Nowhere/Else").zoneName == "UTC")
    }
}
