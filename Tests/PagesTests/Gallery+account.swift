import Pages
import Wording

extension Gallery {
    var accountEntries: [Entry] { settings + signIn + errors }

    private var settings: [Entry] {
        let values = FormValues(["language": language.rawValue, "time_zone": "Europe/Moscow"])
        let mistyped = FormValues(
            ["language": language.rawValue, "time_zone": "Moskow"], errors: ["time_zone": "unknown_zone"])
        let both = FormValues(
            ["language": "xx", "time_zone": ""], errors: ["language": "unknown_language", "": "validation"])
        return [
            Entry("settings", SettingsPage(form: values, zones: []), as: Self.volunteer, at: "/settings"),
            Entry("settings-fund", SettingsPage(form: values, zones: []), as: Self.fund, at: "/settings"),
            Entry(
                "settings-saved", SettingsPage(form: values, zones: [], notice: .done), as: Self.volunteer,
                at: "/settings"),
            Entry(
                "settings-error", SettingsPage(form: mistyped, zones: ["Europe/Moscow", "Europe/Monaco"]),
                as: Self.volunteer, at: "/settings"),
            Entry("settings-errors", SettingsPage(form: both, zones: []), as: Self.volunteer, at: "/settings"),
        ]
    }

    private var signIn: [Entry] {
        let url = "https://platform.example/login?return_to=%2F"
        return [
            Entry("sign-in", SignInPage(reason: .notSignedIn), as: nil, at: "/"),
            Entry("sign-in-url", SignInPage(reason: .notSignedIn), as: nil, at: "/", loginURL: url),
            Entry("sign-in-link-invalid", SignInPage(reason: .linkInvalid), as: nil, at: "/enter/x", loginURL: url),
            Entry("sign-in-signed-out", SignInPage(reason: .signedOut), as: nil, at: "/leave"),
        ]
    }

    private var errors: [Entry] {
        let problems = [
            (400, "malformed"), (403, "forbidden"), (404, "not_found"), (405, "method_not_allowed"),
            (408, "request_timeout"), (409, "application_started"), (410, "operation_expired"),
            (412, "precondition_failed"), (413, "content_too_large"), (418, "teapot"), (421, "misdirected_request"),
            (422, "validation"), (429, "too_many_requests"), (500, "internal"), (502, "bad_gateway"),
            (503, "unavailable"),
        ]
        let signedIn = problems.map { status, code in
            Entry(
                "error-\(status)", ErrorPage(status: status, code: code, requestID: "7d0e7a52-1f5c"),
                as: Self.volunteer,
                at: "/x")
        }
        return signedIn + [
            Entry(
                "error-429-changes", ErrorPage(status: 429, code: "too_many_changes", requestID: nil),
                as: Self.volunteer, at: "/x"),
            Entry("error-404-anonymous", ErrorPage(status: 404, code: "not_found", requestID: nil), as: nil, at: "/x"),
            Entry("error-404-fund", ErrorPage(status: 404, code: "not_found", requestID: nil), as: Self.fund, at: "/x"),
        ]
    }
}
