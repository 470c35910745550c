/// ApplicationService has sent the state of each of its applications: `state_complete` (contract section 4). It does
/// not know any others.
public struct StateComplete: Hashable, Sendable {
    /// Whether ApplicationService's file is an older copy, so that volunteers were told what it does not know.
    public var isRestored: Bool
    /// Whether the state has begun again since it was written: then it says nothing.
    public var isSuperseded: Bool

    /// Values are not checked here; decoding checks them.
    public init(isRestored: Bool = false, isSuperseded: Bool = false) {
        self.isRestored = isRestored
        self.isSuperseded = isSuperseded
    }
}

extension StateComplete: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        isRestored = try fields.bool(.restored) ?? false
        isSuperseded = try fields.bool(.superseded) ?? false
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.restored, isRestored)
        if isSuperseded { try writer.field(.superseded, true) }
    }
}
