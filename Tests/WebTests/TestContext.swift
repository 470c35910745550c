import Hummingbird
import Logging
import NIOEmbedded
import TestSupport

@testable import Web

/// A context for testing middleware without a server.
struct TestContext: CallerRequestContext {
    var coreContext: CoreRequestContextStorage
    var caller: Caller?
    var rateLimitProblem: Problem?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    init() {
        self.init(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: .quiet))
    }
}
