/// Why there are no keys, in words that are safe to show and to log.
package struct KeySetError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
