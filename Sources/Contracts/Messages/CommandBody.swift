import Foundation

/// A command's data as HTTP carries it (contract section 8): the fields of section 2 without an envelope, and without
/// those that the path or the caller already says.
public struct CommandBody: Sendable {
    private let bytes: Data
    /// Shared by all threads: its settings never change, and it keeps nothing between two bodies.
    private static let decoder = JSONDecoder()

    /// No input traps.
    /// - Throws: ``MessageError``, if the body is no JSON object.
    public init(parsing body: [UInt8]) throws(MessageError) {
        if let error = body.withUnsafeBufferPointer(JSONSyntax.check) { throw error }
        bytes = Data(body)
    }

    /// The data of create.
    /// - Parameters:
    ///   - assigned: the application's id where the body gives none.
    ///   - caller: the fund where the body names none.
    public func create(assigned: ID, caller: ID?) throws(MessageError) -> CreateVolunteerApplication {
        try read { try CreateVolunteerApplication($0, given: Given(applicationID: assigned, fundID: caller)) }
    }

    /// The data of update for the application in the path.
    public func update(of application: ID) throws(MessageError) -> UpdateVolunteerApplication {
        try read { try UpdateVolunteerApplication($0, given: Given(applicationID: application)) }
    }

    /// The data of cancel for the application in the path.
    public func cancellation(of application: ID) throws(MessageError) -> CancelVolunteerApplication {
        try read { try CancelVolunteerApplication($0, given: Given(applicationID: application)) }
    }

    /// A response to the application in the path.
    /// - Parameter caller: the volunteer where the body names none.
    public func response(to application: ID, caller: ID?) throws(MessageError) -> VolunteerResponse {
        try read { try VolunteerResponse($0, given: Given(applicationID: application, volunteerID: caller)) }
    }

    /// Whether the body asks for a callback: the field is there and not null.
    public func hasCallback() throws(MessageError) -> Bool {
        // Only a body with the word in it, or with an escape, can have the field: the rest is not read twice.
        let mayHave = bytes.withUnsafeBytes { bytes in
            bytes.indices.contains { bytes[$0...].starts(with: "callback".utf8) } || bytes.contains(UInt8(ascii: "\\"))
        }
        guard mayHave else { return false }
        return try read { try $0.contains(.callback) && !$0.decodeNil(forKey: .callback) }
    }

    /// What need not be in the body.
    struct Given {
        var applicationID: ID
        var fundID: ID?
        var volunteerID: ID?
    }

    private func read<Value>(
        _ make: @escaping (KeyedDecodingContainer<Field>) throws -> Value
    ) throws(MessageError) -> Value {
        do {
            return try Self.decoder.decode(Reading<Value>.self, from: bytes, configuration: make).value
        } catch {
            throw MessageError(decoding: error)
        }
    }

    private struct Reading<Value>: DecodableWithConfiguration {
        let value: Value

        init(
            from decoder: any Decoder, configuration make: @escaping (KeyedDecodingContainer<Field>) throws -> Value
        ) throws {
            value = try make(decoder.container(keyedBy: Field.self))
        }
    }
}
