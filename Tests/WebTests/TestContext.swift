import Contracts
import Hummingbird
import Logging
import NIOEmbedded
import TestSupport

@testable import Web

/// A context for testing middleware without a server.
struct TestContext: CallerRequestContext {
    var coreContext: CoreRequestContextStorage
    let caller = Caller(role: .fund, id: .trusted("1"))
    var rateLimitProblem: Problem?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    init() {
        self.init(source: .test)
    }
}

extension ApplicationRequestContextSource {
    fileprivate static var test: Self { Self(channel: EmbeddedChannel(), logger: .quiet) }
}

extension BasicRequestContext {
    /// A context as the server makes it.
    static var test: Self { Self(source: .test) }
}
