package import Foundation

/// A new, empty folder, removed with its last reference.
package final class TemporaryFolder: Sendable {
    package let url: URL
    package var path: String { url.path }

    /// - Parameter name: the start of the folder's name, to tell the folders of a failed run apart.
    package init(_ name: String = "test") throws {
        // Short: the path of a Unix socket has at most 108 bytes.
        url = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
