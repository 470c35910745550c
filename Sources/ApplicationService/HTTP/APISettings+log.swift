import Logging
import ServiceKit
import Web

extension APISettings {
    /// Logs at the start how callers authenticate and what limits them.
    func log(_ policy: ApplicationPolicy, _ logger: Logger) {
        var metadata: Logger.Metadata = [
            LogKey.bodyBytes: "\(CommandMiddleware.maxBodyBytes)",
            LogKey.bodyBytesInFlight: "\(BodyBudget.maxBytes)",
            LogKey.rateLimit: "\(Self.limit(rateLimit))",
            LogKey.changesPerHour: "\(Self.limit(policy.changesPerHour))",
        ]
        switch authentication {
        case .disabled: metadata[LogKey.authentication] = "none"
        case .secret: metadata[LogKey.authentication] = "HS256"
        case .keySet(let location):
            metadata[LogKey.authentication] = "key set"
            metadata[LogKey.keys] = "\(location)"
        }
        if !authentication.isDisabled {
            metadata[LogKey.issuer] = "\(tokenRules.issuer ?? "any")"
            metadata[LogKey.audience] = "\(tokenRules.audience ?? "any")"
        }
        logger.info("The API's callers are authenticated and limited", metadata: metadata)
        logger.info(
            "The page is served",
            metadata: [LogKey.publicURL: "\(page.origin)", LogKey.loginURL: "\(page.loginURL ?? "none")"])
        if page.isSecretRandom {
            logger.info("Sessions of the page end with this process: set PAGE_SECRET to keep them")
        }
    }

    /// 0 means no limit.
    private static func limit(_ count: Int) -> String {
        count == 0 ? "unlimited" : String(count)
    }
}
