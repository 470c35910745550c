/// How far ApplicationService has come with an application, in each of its messages to WaitlistService (our addition,
/// contract section 5): WaitlistService returns the number, so that a restored file on either side changes nothing.
public struct AllocationStamp: Hashable, Sendable {
    /// The number of messages about the application that were sent to WaitlistService, with this one.
    public var sent: Int
    /// The number of the last release; 0 before the first.
    public var release: Int

    /// Values are not checked here; decoding checks them.
    public init(sent: Int, release: Int) {
        self.sent = sent
        self.release = release
    }
}

extension FieldReader {
    /// Nil unless both numbers are present. A sender outside may use these names for something else, so a value of
    /// another kind counts as absent, like any field that we do not know.
    func stamp() -> AllocationStamp? {
        guard let sent = (try? count(.sent, in: 1...Int.max)) ?? nil,
            let release = (try? count(.release, in: 0...Int.max)) ?? nil
        else { return nil }
        return AllocationStamp(sent: sent, release: release)
    }
}

extension FieldWriter {
    mutating func stamp(_ stamp: AllocationStamp?) throws(Failure) {
        try field(.sent, stamp?.sent)
        try field(.release, stamp?.release)
    }
}
