package import HTTPTypes

/// What a request would like (`Prefer`, RFC 7240). A preference that cannot be read is no error: it is as if it
/// were not there.
package struct Preference {
    /// `Prefer: wait=10`: how many seconds the caller would rather wait than get an answer that says "not yet".
    /// - Parameter most: no wait is longer, in seconds, whatever was asked for.
    /// - Returns: nil when there is no such wish. The first of several counts.
    package static func wait(in fields: HTTPFields, atMost most: Int) -> Int? {
        for value in fields[values: .prefer] {
            for preference in value[...].parts(by: ",") {
                // Parameters, after a semicolon, mean nothing to us.
                guard let wish = preference.parts(by: ";").first?.parameter, wish.name == "wait",
                    let text = wish.value, !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { continue }
                // More digits than fit are a very long wait.
                return min(Int(text) ?? most, most)
            }
        }
        return nil
    }
}
