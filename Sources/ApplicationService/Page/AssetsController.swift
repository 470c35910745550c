import HTTPTypes
import Hummingbird
import Pages
import Web

/// The files that pages load, each also compressed once.
struct AssetsController: Sendable {
    /// What is sent of a file.
    private struct Content: Sendable {
        let bytes: [UInt8]
        let tag: EntityTag

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            tag = EntityTag(ofContent: bytes)
        }
    }

    private struct File: Sendable {
        let contentType: String
        let plain: Content
        /// Nil if it would not be smaller.
        let gzip: Content?
    }

    private let files: [String: File]

    init() {
        files = Dictionary(
            uniqueKeysWithValues: Asset.all.map { asset in
                let gzip = Gzip.compressed(asset.content).map { Content($0) }
                return (asset.path, File(contentType: asset.contentType, plain: Content(asset.content), gzip: gzip))
            })
    }

    /// Browsers keep a file for ever, because its address changes with its content.
    func get(_ request: Request) throws(Problem) -> Response {
        guard let file = files[request.uri.path] else { throw .notFound }
        let gzip = MediaType.acceptsGzip(in: request.headers) ? file.gzip : nil
        let content = gzip ?? file.plain
        var headers: HTTPFields = [
            .eTag: content.tag.headerValue, .cacheControl: "public, max-age=31536000, immutable",
            .vary: "Accept-Encoding",
        ]
        if content.tag.matchesIfNoneMatch(in: request.headers) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = file.contentType
        if gzip != nil { headers[.contentEncoding] = "gzip" }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: content.bytes)))
    }
}
