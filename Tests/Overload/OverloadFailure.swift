/// A promise that a service did not keep.
struct OverloadFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
