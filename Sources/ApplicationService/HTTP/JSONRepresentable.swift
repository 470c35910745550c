import Contracts

/// A value that the API shows as a JSON object.
protocol JSONRepresentable {
    /// Writes the fields in the order in which people read them.
    func write(to json: inout ObjectWriter<JSONKey>)
}

extension JSONRepresentable {
    func encoded() -> [UInt8] { ObjectWriter.object(write) }
}
