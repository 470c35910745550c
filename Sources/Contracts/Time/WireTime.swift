/// A time as written on the wire: an instant if it has a zone, otherwise a civil time in the application's time zone or
/// in that of the setting `TIME_ZONE` (contract section 1).
public enum WireTime: Hashable, Sendable, CustomStringConvertible {
    /// A time with a zone.
    case instant(Timestamp)
    /// A time without a zone, in whole seconds.
    case civil(CivilDate, CivilTime)

    /// Reads RFC 3339 with or without a zone: years 0001 to 9999; `T`, `t` or a space; a fraction of 1 to 9 digits,
    /// truncated to milliseconds (to seconds without a zone); `Z`, `z`, `+hh:mm` or `-hh:mm`. Leap seconds are
    /// rejected.
    /// - Throws: ``MessageError`` with code `badValue`.
    public init(parsing string: String) throws(MessageError) {
        var string = string
        guard let time = string.withUTF8(RFC3339.read) else {
            throw MessageError(code: .badValue, detail: "must be a time by RFC 3339, such as 2026-11-21T09:30:00Z")
        }
        self = time
    }

    /// The instant.
    /// - Parameter zone: the application's time zone, or that of `TIME_ZONE`; used only for a civil time.
    public func timestamp(in zone: ZoneRules) -> Timestamp {
        switch self {
        case .instant(let instant): instant
        case .civil(let date, let time): CivilClock.timestamp(date, time, in: zone)
        }
    }

    /// RFC 3339: `2026-11-21T09:30:00Z` for an instant, `2024-12-08T12:30:00` for a civil time.
    public var description: String {
        switch self {
        case .instant(let instant): instant.description
        case .civil(let date, let time): "\(date)T\(time)"
        }
    }
}

extension WireTime: Codable {
    /// Reads a JSON string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: container.decode(String.self))
        } catch let error as MessageError {
            throw error.at(MessageError.pointer(decoder.codingPath))
        }
    }

    /// Writes a JSON string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
