internal import Synchronization

/// Which exchanges a user may not declare, as the broker has said. All connections of the process share it, because the
/// broker closes a channel with each refusal and logs it as an error.
final class RefusedExchanges: Sendable {
    static let shared = RefusedExchanges()

    struct User: Sendable, Hashable {
        let name: String
        let virtualHost: String
    }

    enum Outcome: Sendable {
        case declared
        case refused
    }

    private struct Key: Hashable {
        let exchange: String
        let user: User
    }

    private enum Trial {
        case running
        case ended(Outcome)
    }

    private let trials = Mutex<[Key: Trial]>([:])

    /// False if it was refused, and while another connection tries it. After true the outcome must be recorded.
    func mayDeclare(_ exchange: String, _ user: User) -> Bool {
        trials.withLock { trials in
            let key = Key(exchange: exchange, user: user)
            switch trials[key] {
            case nil:
                trials[key] = .running
                return true
            case .ended(.declared): return true
            case .running, .ended(.refused): return false
            }
        }
    }

    /// - Parameter outcome: nil if the trial has shown neither; the next connection tries again.
    func record(_ outcome: Outcome?, of exchange: String, _ user: User) {
        trials.withLock { $0[Key(exchange: exchange, user: user)] = outcome.map { .ended($0) } }
    }
}
