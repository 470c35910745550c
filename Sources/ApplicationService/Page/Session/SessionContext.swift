import Hummingbird

/// The context of a request for the page while ``SessionMiddleware`` finds out who sends it.
struct SessionContext: RequestContext {
    typealias Source = BasicRequestContext

    var coreContext: CoreRequestContextStorage
    /// Nil without a signed-in visitor.
    var session: PageSession?
    var settings = VisitorSettings()

    init(source: BasicRequestContext) {
        // With the parameters that the router has parsed.
        coreContext = source.coreContext
    }
}
