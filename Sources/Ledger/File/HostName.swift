import Foundation

/// The name of this machine or container.
package enum HostName {
    /// Without a look-up in the DNS, which Foundation does for it, and which can hang. Nil if the system has none.
    package static var current: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
