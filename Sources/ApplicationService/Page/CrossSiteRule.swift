import HTTPTypes
import Hummingbird
import Web

/// Refuses what a page of another site sends in the name of a visitor (CSRF). Browsers say where a request comes from,
/// so that forms need no secret token.
struct CrossSiteRule: Sendable {
    let origin: PageOrigin

    /// - Throws: `forbidden` if the request may change something and comes from another site's page, or does not say
    ///   where it comes from.
    func check(_ request: Request) throws(Problem) {
        guard !Self.safeMethods.contains(request.method) else { return }
        // Browsers send it over https and to this machine. `none`: the visitor, not a page, has caused the request.
        let sites = request.headers[values: .secFetchSite]
        if !sites.isEmpty {
            guard sites == ["same-origin"] || sites == ["none"] else { throw Self.refusal }
            return
        }
        let origins = request.headers[values: .origin]
        guard origins.count == 1, origins.first?.lowercased() == origin.text(for: request) else { throw Self.refusal }
    }

    private static let safeMethods: Set<HTTPRequest.Method> = [.get, .head, .options]
    private static let refusal = Problem(.forbidden, "The request does not come from this site's own page.")
}
