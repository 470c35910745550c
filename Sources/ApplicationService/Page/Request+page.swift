import HTTPTypes
import Hummingbird

extension Request {
    /// The path and query of the page that is asked for. Empty segments are left out: a link to `//name` would lead to
    /// another host.
    var pageAddress: String {
        let path = "/" + uri.path.split(separator: "/").joined(separator: "/")
        return uri.query.map { "\(path)?\($0)" } ?? path
    }
}

extension Response {
    /// Leads a browser to a page with GET, also after a POST.
    /// - Parameter address: path and query.
    static func seeOther(_ address: String, setCookie: String? = nil) -> Response {
        var headers: HTTPFields = [.location: address]
        headers[.setCookie] = setCookie
        return Response(status: .seeOther, headers: headers)
    }
}
