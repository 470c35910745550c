import Contracts
import Foundation
import NotifierDomain

func application(
    _ name: String = "Помощь в парке", on date: String = "2026-12-09", from start: String = "14:00:00",
    to end: String = "18:00:00", in zone: String = "Europe/Moscow", version: Int = 1, isCancelled: Bool = false
) throws -> ApplicationSnapshot {
    ApplicationSnapshot(
        id: .trusted("456"),
        name: name,
        schedule: ApplicationSchedule(
            date: try CivilDate(parsing: date), startTime: try CivilTime(parsing: start),
            endTime: try CivilTime(parsing: end), timeZone: zone),
        isCancelled: isCancelled, version: version)
}

/// Parses an instant such as `2026-12-08T10:00:00Z`.
func at(_ text: String) throws -> Timestamp {
    try WireTime(parsing: text).timestamp(in: .gmt)
}

func record(
    _ status: SpotStatus, at time: String = "2026-12-01T10:00:00Z", until end: String? = nil, position: Int? = nil,
    reason: String? = nil, comment: String? = nil
) throws -> SpotStatusRecord {
    SpotStatusRecord(
        applicationID: .trusted("456"), userID: .trusted("789"), status: status,
        timestamp: try WireTime(parsing: time), expiresAt: try end.map { try WireTime(parsing: $0) },
        position: position, reason: reason, comment: comment)
}
