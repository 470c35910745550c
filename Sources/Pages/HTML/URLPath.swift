package import Contracts

/// The addresses of the page.
package enum URLPath {
    package static let openCalls = "/"
    package static let mine = "/mine"
    package static let messages = "/mine/messages"
    package static let settings = "/settings"
    package static let calls = "/calls"
    package static let newCall = "/calls/new"
    package static let live = "/live"
    package static let leave = "/leave"

    /// A call as a volunteer sees it.
    package static func application(_ id: ID) -> String { "/applications/\(segment(id))" }
    package static func response(_ id: ID) -> String { "\(application(id))/response" }
    /// A call as its fund sees it.
    package static func call(_ id: ID) -> String { "/calls/\(segment(id))" }
    package static func people(_ id: ID) -> String { "\(call(id))/people" }
    package static func peopleCSV(_ id: ID) -> String { "\(call(id))/people.csv" }
    package static func person(_ volunteer: ID, of id: ID) -> String { "\(people(id))/\(segment(volunteer))" }
    package static func told(_ id: ID) -> String { "\(call(id))/messages" }
    package static func cancellation(_ id: ID) -> String { "\(call(id))/cancellation" }

    /// A path with a query; parameters without a value are left out.
    package static func with(_ path: String, _ query: KeyValuePairs<String, String?>) -> String {
        let parts = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
    }

    private static func segment(_ id: ID) -> String { encoded(id.string) }

    /// Percent-encodes all but the unreserved characters (RFC 3986 section 2.3).
    package static func encoded(_ text: String) -> String {
        guard !text.utf8.allSatisfy(isUnreserved) else { return text }
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in text.utf8 {
            if isUnreserved(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return result
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
