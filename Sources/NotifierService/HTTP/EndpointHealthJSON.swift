import Contracts
import NotifierDomain

/// Whether an endpoint receives, as one partition sees it.
struct EndpointHealthJSON {
    let health: EndpointHealth

    private enum Key: String {
        case state, reason
        case failingSince = "failing_since"
        case disabledAt = "disabled_at"
    }

    func encoded() -> [UInt8] {
        ObjectWriter<Key>.object { json in
            json.field(.state, health.isDisabled ? "disabled" : "enabled")
            json.field(.failingSince, health.failingSince?.description)
            json.field(.disabledAt, health.disabledAt?.description)
            json.field(.reason, health.reason?.rawValue)
        }
    }
}
