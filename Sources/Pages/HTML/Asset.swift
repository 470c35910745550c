import Crypto

/// A file that pages load. Its address changes with its content, so that browsers may keep it for ever.
package struct Asset: Sendable {
    package let name: String
    package let contentType: String
    package let content: [UInt8]
    /// The path, with the beginning of the content's SHA-256: `/assets/page-0a1b2c3d.css`.
    package let path: String

    init(_ name: String, _ contentType: String, _ content: [UInt8]) {
        self.name = name
        self.contentType = contentType
        self.content = content
        let digest = SHA256.hash(data: content).prefix(4).map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
            .joined()
        let parts = name.split(separator: ".")
        path = "/assets/\(parts[0])-\(digest).\(parts[1])"
    }

    package static let style = Asset("page.css", "text/css; charset=utf-8", compact(PackageResources.page_css))
    package static let script = Asset("page.js", "text/javascript; charset=utf-8", compact(PackageResources.page_js))
    package static let icon = Asset("icon.svg", "image/svg+xml", PackageResources.icon_svg)
    package static let all = [style, script, icon]

    /// Without indentation and the lines that are comments: a third of a file is written for its authors.
    static func compact(_ source: [UInt8]) -> [UInt8] {
        let lines = source.split(separator: UInt8(ascii: "\n")).map { $0.drop { $0 == UInt8(ascii: " ") } }
        let code = lines.filter { line in
            !line.starts(with: "//".utf8) && !(line.starts(with: "/*".utf8) && line.suffix(2).elementsEqual("*/".utf8))
        }
        return Array(code.joined(separator: "\n".utf8))
    }
}
