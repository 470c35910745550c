import Contracts
import Hummingbird
import Pages
import Web

/// The context of a request of a signed-in visitor for the page.
struct PageRequestContext: ChildRequestContext, CallerRequestContext {
    var coreContext: CoreRequestContextStorage
    /// A volunteer or a fund.
    let caller: Caller
    let visitor: Visitor
    var rateLimitProblem: Problem?
    /// The visitor's language and time zone.
    var settings: VisitorSettings
    /// What the visitor has sent; empty unless the request is a POST.
    var form = FormBody()

    /// - Throws: ``SignInRequired`` without a session.
    init(context: SessionContext) throws(SignInRequired) {
        guard let session = context.session else { throw SignInRequired() }
        coreContext = context.coreContext
        caller = session.caller
        visitor = session.visitor
        settings = context.settings
    }
}

/// The page asked for is only for those who are signed in.
struct SignInRequired: Error {}
