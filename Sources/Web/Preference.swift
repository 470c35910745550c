package import HTTPTypes

/// The preferences of a request (`Prefer`, RFC 7240). A malformed preference is ignored.
package enum Preference {
    /// `Prefer: wait=10`: how long the client would wait for a result, in seconds.
    /// - Parameter maximum: the longest wait, in seconds; longer ones are shortened to it.
    /// - Returns: nil when there is no such preference; of several, the first.
    package static func wait(in fields: HTTPFields, atMost maximum: Int) -> Int? {
        for value in fields[values: .prefer] {
            for preference in value[...].elements(separatedBy: ",") {
                // Parameters, after a semicolon, are ignored.
                guard let wait = preference.elements(separatedBy: ";").first?.parameter, wait.name == "wait",
                    let digits = wait.value, !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { continue }
                // A number that does not fit an Int is a very long wait.
                return min(Int(digits) ?? maximum, maximum)
            }
        }
        return nil
    }
}
