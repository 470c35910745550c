/// Why a partition is not moved. The process that has it goes on.
struct MoveFailure: Error, Sendable, CustomStringConvertible {
    /// One line, safe to show.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
