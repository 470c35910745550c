import Hummingbird
import Web

/// The context of a request to the HTTP API: the caller, and what `CommandMiddleware` has read of a command.
struct APIRequestContext: CallerRequestContext {
    typealias Source = BasicRequestContext

    var coreContext: CoreRequestContextStorage
    var caller: Caller?
    var rateLimitProblem: Problem?
    /// The client's Idempotency-Key, if it sent one.
    var idempotencyKey: IdempotencyKey?
    /// The Idempotency-Key with its scope and the digest of the body.
    var commandKey: CommandKey?
    /// The client's `traceparent`, if it is valid: the messages that the command causes continue its trace.
    var traceparent: String?
    /// The body of a command; empty if it has none.
    var body: [UInt8] = []

    init(source: BasicRequestContext) {
        // With the parameters that the router has parsed.
        coreContext = source.coreContext
    }
}
