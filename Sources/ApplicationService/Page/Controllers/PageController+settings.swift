import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web
import Wording

/// The visitor's language and time zone. A cookie keeps them for the page, and NotifierService those of volunteers, so
/// that messages are in the same language.
extension PageController {
    /// `/settings`
    func settings(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let notice = try SettingsNotice(request)?.notice
        return try await show(request, context) { _ in
            SettingsPage(form: SettingsForm(context.settings).formValues(), zones: [], notice: notice)
        }
    }

    /// POST of `/settings`
    func changeSettings(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let form = SettingsForm(context.form)
        guard let settings = form.settings(changing: context.settings) else {
            return try await show(request, context, status: .unprocessableContent) { _ in
                SettingsPage(form: form.formValues(), zones: ZoneNames.system.matches(for: form.timeZone))
            }
        }
        var notice = SettingsNotice.saved
        if context.visitor.role == .volunteer {
            do {
                _ = try await api(for: context).send(
                    .put, APIPath.preferences(context.visitor.id), settings.preferences)
            } catch let problem as Problem where problem.code.status.kind == .serverError {
                // The page itself can have its language without NotifierService.
                notice = .savedForPage
            }
        }
        let address = URLPath.with(URLPath.settings, [SettingsNotice.parameter: notice.rawValue])
        return .seeOther(address, setCookie: settings.cookieField)
    }
}

/// What the page of settings says after they were changed.
private enum SettingsNotice: String, CaseIterable {
    case saved
    /// Messages go on in the language before.
    case savedForPage = "page"

    static let parameter = "saved"

    /// - Throws: `malformed` if the query cannot be decoded.
    init?(_ request: Request) throws(Problem) {
        guard let text = try request.query(Self.parameter), let notice = Self(rawValue: text) else { return nil }
        self = notice
    }

    var notice: Notice {
        switch self {
        case .saved: .done
        case .savedForPage: .refused(code: "preferences_unavailable")
        }
    }
}

extension VisitorSettings {
    /// As the API takes them.
    fileprivate var preferences: [UInt8] {
        ObjectWriter<JSONKey>.object { json in
            json.field(.language, language.rawValue)
            json.field(.timeZone, zoneName)
        }
    }
}
