/// A wrong setting or a wrong call: one clear line and exit 64 (EX_USAGE).
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
