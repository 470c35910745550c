/// A wrong setting or a wrong call: one line, and exit code 64 (EX_USAGE).
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
