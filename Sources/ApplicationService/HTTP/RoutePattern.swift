import HTTPTypes
import Hummingbird

/// The method and the path of a route. The path's parameters are in braces, as in OpenAPI.
struct RoutePattern: Sendable, Hashable {
    let method: HTTPRequest.Method
    let path: String

    init(_ method: HTTPRequest.Method, _ path: String) {
        self.method = method
        self.path = path
    }

    /// The parameters of a request's path; nil if it is not a path of this route.
    /// - Parameter segments: of the path as the client sent it.
    func parameters(of segments: [Substring]) -> Parameters? {
        let names = path.split(separator: "/")
        guard names.count == segments.count else { return nil }
        var parameters = Parameters()
        for (name, segment) in zip(names, segments) {
            if name.hasPrefix("{") {
                parameters.append(key: name.dropFirst().dropLast(), value: segment)
            } else if name != segment {
                return nil
            }
        }
        return parameters
    }
}

extension Sequence<RoutePattern> {
    /// The methods of a path, for `Allow`; HEAD is answered wherever GET is. Empty for a path that no route has.
    /// - Parameter path: as the client sent it.
    func allowedMethods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        var methods: [HTTPRequest.Method] = []
        // `/calls/new` is also the path of a call, so a method may be found twice.
        for pattern in self where !methods.contains(pattern.method) && pattern.parameters(of: segments) != nil {
            methods.append(pattern.method)
        }
        return methods.contains(.get) ? methods + [.head] : methods
    }
}
