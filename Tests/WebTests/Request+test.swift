import HTTPTypes
import Hummingbird

/// A request as the decoder delivers it, without a body.
func request(
    _ method: HTTPRequest.Method = .get, _ path: String = "/", authority: String? = "localhost:8080",
    _ headers: HTTPFields = [:]
) -> Request {
    Request(
        head: HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: headers),
        body: RequestBody(buffer: ByteBuffer()))
}

/// Several fields with one name.
func fields(_ name: HTTPField.Name, _ values: String...) -> HTTPFields {
    HTTPFields(values.map { HTTPField(name: name, value: $0) })
}
