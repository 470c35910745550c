import Contracts
import Crypto
import NotifierDomain
import Webhooks

/// The secrets that sign a caller's deliveries, derived from `WEBHOOK_MASTER_KEY`.
struct CallerSecrets: Sendable {
    private let master: SymmetricKey

    init(master: SymmetricKey) {
        self.master = master
    }

    /// The current one first; for a day after a rotation also the one before.
    func secrets(of delivery: DueDelivery, at now: Timestamp) -> [SigningSecret] {
        SigningGenerations.valid(current: delivery.generation, rotatedAt: delivery.rotatedAt, at: now).map {
            SigningSecret(of: delivery.caller, generation: $0, master: master)
        }
    }
}
