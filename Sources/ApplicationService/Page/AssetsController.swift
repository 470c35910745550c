import HTTPTypes
import Hummingbird
import Pages
import Web

/// The files that pages load.
struct AssetsController: Sendable {
    private let assets: [String: Asset]

    init() {
        assets = Dictionary(uniqueKeysWithValues: Asset.all.map { ($0.path, $0) })
    }

    /// Browsers keep a file for ever, because its address changes with its content.
    func get(_ request: Request) throws(Problem) -> Response {
        guard let asset = assets[request.uri.path] else { throw .notFound }
        let tag = EntityTag(ofContent: asset.content)
        var headers: HTTPFields = [
            .eTag: tag.headerValue, .cacheControl: "public, max-age=31536000, immutable",
        ]
        if tag.matchesIfNoneMatch(in: request.headers) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = asset.contentType
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.content)))
    }
}
