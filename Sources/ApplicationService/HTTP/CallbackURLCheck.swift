import ServiceKit
import Web
import Webhooks

/// Checks a URL that a caller gives for callbacks, when it is given (contract section 8). NotifierService checks it
/// again with each connection.
struct CallbackURLCheck: Sendable {
    /// How long a name may take to be resolved: less than the owner of a partition has for its answer.
    static let resolutionLimit: Duration = .seconds(4)

    /// Nil without `WEBHOOK_MASTER_KEY`: there are no callbacks.
    private let guardian: CallbackGuard?

    init(_ policy: WebhookPolicy, resolver: any AddressResolver) {
        guardian = policy.masterKey == nil ? nil : CallbackGuard(rules: policy.rules, resolver: resolver)
    }

    init(_ policy: WebhookPolicy) {
        self.init(policy, resolver: ResolutionCache(SystemResolver(limit: Self.resolutionLimit)))
    }

    /// - Throws: `unsupported_callback` without the master key.
    func requireSupport() throws(Problem) {
        guard guardian != nil else { throw .unsupportedCallback }
    }

    /// - Parameter pointer: of the URL in the body.
    /// - Throws: `unsupported_callback`, `callback_url_refused`.
    func check(_ url: String, at pointer: String) async throws(Problem) {
        guard let guardian else { throw .unsupportedCallback }
        do throws(CallbackURL.Fault) {
            _ = try await guardian.check(url)
        } catch {
            let item = Problem.Item(pointer: pointer, code: .badValue, detail: error.rule)
            throw Problem(.callbackURLRefused, "\(pointer): \(error.rule).", errors: [item])
        }
    }
}

extension Problem {
    fileprivate static let unsupportedCallback = Problem(.unsupportedCallback, "Callbacks are switched off.")
}

extension CallbackURL.Fault {
    /// A name that cannot be resolved and one whose addresses are refused must look the same: callers could otherwise
    /// find out which names the services' network knows.
    fileprivate var rule: String {
        switch self {
        case .notAnAbsoluteURL: "must be an absolute URL of visible ASCII characters"
        case .tooLong: "must have at most \(CallbackURL.longest) bytes"
        case .userInfo: "must not contain a user name or password"
        case .fragment: "must not contain a fragment"
        case .schemeOrPort: "must be https on port 443"
        case .refusedHost: "must have a host whose addresses are known and public"
        }
    }
}
