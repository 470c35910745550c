import Contracts
import HTTPTypes
import Hummingbird
import Wording

/// In which language and time zone a visitor reads the page.
struct VisitorSettings: Sendable {
    static let cookieName = "__Host-settings"
    private static let cookieLifetime: Duration = .seconds(365 * 86_400)

    var language: Language
    /// The IANA name.
    private(set) var zoneName: String
    private(set) var zone: ZoneRules

    /// `LANGUAGE` and `TIME_ZONE`, for visitors who have chosen nothing.
    /// - Parameter zoneName: UTC instead if this machine does not know the zone.
    init(language: Language = .ru, zoneName: String = "UTC") {
        self.language = language
        self.zoneName = "UTC"
        zone = .gmt
        setZone(zoneName)
    }

    /// What the visitor has chosen, otherwise a language that the browser asks for, otherwise the defaults.
    init(of request: Request, defaults: VisitorSettings) {
        self = defaults
        if let language = Language(acceptLanguage: request.headers[values: .acceptLanguage]) {
            self.language = language
        }
        // Anyone may write this cookie, so each part is checked.
        guard let cookie = Cookie.values(of: Self.cookieName, in: request.headers).first else { return }
        let parts = cookie.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if let language = Language(rawValue: String(parts[0])) { self.language = language }
        if parts.count == 2 { setZone(String(parts[1])) }
    }

    /// - Returns: whether this machine knows the zone; otherwise nothing changes.
    @discardableResult
    mutating func setZone(_ name: String) -> Bool {
        guard let rules = CivilClock.zone(named: name) else { return false }
        zoneName = name
        zone = rules
        return true
    }

    /// The value of `Set-Cookie` that keeps these settings.
    var cookieField: String {
        Cookie.field(Self.cookieName, "\(language.rawValue):\(zoneName)", lifetime: Self.cookieLifetime)
    }
}
