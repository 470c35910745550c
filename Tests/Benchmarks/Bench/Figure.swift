/// One line of the table that `deploy/bench` prints.
struct Figure {
    let name: String
    let value: String
    /// The same for the reference measured in the same run; empty if there is none.
    let reference: String
    /// Value by reference; nil without a reference.
    let ratio: Double?
}
