import Contracts
import Foundation
import GRDB
import WaitlistDomain

/// Lists, the people on them and their rounds as rows, inside the writer's transaction.
struct WaitlistStore {
    let db: Database

    struct Stored {
        let rowID: Int64
        let list: Waitlist
        var start: CivilStart
    }

    /// The civil time from which the start follows.
    struct CivilStart: Hashable {
        var date: CivilDate
        var time: CivilTime
        var timeZone: String

        var timestamp: Timestamp {
            CivilClock.timestamp(date, time, in: CivilClock.zone(named: timeZone) ?? .gmt)
        }
    }

    func list(_ application: ID) throws -> Stored? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT id, starts_at, date, start_time, time_zone, cancelled, reserved, release, seen,
                        next_sequence, listed, asked, outstanding, unasked_from, next_round, scan, scan_round,
                        scan_cursor, scan_end, awaits_reservation
                    FROM list WHERE key = ?
                    """),
            arguments: [application.string])
        return try row.map { try Stored(row: $0, application: application) }
    }

    func insert(_ list: Waitlist, start: CivilStart) throws -> Stored {
        try db.cachedStatement(
            sql: """
                INSERT INTO list (key, starts_at, date, start_time, time_zone, cancelled, reserved, release, seen,
                    next_sequence, listed, asked, outstanding, unasked_from, next_round)
                VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0, ?, 0, 0, 0, 0, ?)
                """
        ).execute(arguments: [
            list.application.string, list.startsAt.milliseconds, start.date.description, start.time.description,
            start.timeZone, list.nextSequence, list.nextRound,
        ])
        return Stored(rowID: db.lastInsertedRowID, list: list, start: start)
    }

    func save(_ list: Waitlist, over stored: Stored) throws {
        if list == stored.list { return }
        try db.cachedStatement(
            sql: """
                UPDATE list SET starts_at = ?, cancelled = ?, reserved = ?, release = ?, seen = ?, next_sequence = ?,
                    listed = ?, asked = ?, outstanding = ?, unasked_from = ?, next_round = ?, scan = ?,
                    scan_round = ?, scan_cursor = ?, scan_end = ?, awaits_reservation = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            list.startsAt.milliseconds, list.cancelled, list.reserved, list.release, list.seen, list.nextSequence,
            list.listed, list.asked, list.outstanding, list.unaskedFrom, list.nextRound,
            list.scan.map { $0.purpose == .offers ? "offers" : "open" }, list.scan?.round, list.scan?.cursor,
            list.scan?.end, list.awaitsReservation, stored.rowID,
        ])
    }

    func save(_ start: CivilStart, of stored: Stored) throws {
        try db.execute(
            sql: "UPDATE list SET date = ?, start_time = ?, time_zone = ? WHERE id = ?",
            arguments: [start.date.description, start.time.description, start.timeZone, stored.rowID])
    }

    // MARK: - People

    /// A person's sequence number and the round that asked them, if they are on the list.
    func entry(_ volunteer: ID, of list: Stored) throws -> (sequence: Int64, round: Int64)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT sequence, round FROM entry WHERE list = ? AND volunteer = ?"),
            arguments: [list.rowID, volunteer.string]
        ).map { ($0[0], $0[1]) }
    }

    /// The place of a sequence number on the list, from 1. It counts those before: asked only where somebody comes
    /// a second time.
    func place(of sequence: Int64, on list: Stored) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM entry WHERE list = ? AND sequence <= ?"),
            arguments: [list.rowID, sequence]) ?? 1
    }

    /// The places of those of the volunteers who are on the list, in its order. From each only those up to the next are
    /// counted: the list is gone through once, however many are asked about.
    func places(of volunteers: [ID], on list: Stored) throws -> [WaitlistPositionsReply.Position] {
        let entries = try Set(volunteers).compactMap { volunteer in
            try entry(volunteer, of: list).map { (volunteer: volunteer, sequence: $0.sequence) }
        }
        let between = try db.cachedStatement(
            sql: "SELECT count(*) FROM entry WHERE list = ? AND sequence > ? AND sequence <= ?")
        var place = 0
        var last: Int64 = 0
        return try entries.sorted { $0.sequence < $1.sequence }.map { volunteer, sequence in
            place += try Int.fetchOne(between, arguments: [list.rowID, last, sequence]) ?? 0
            last = sequence
            return WaitlistPositionsReply.Position(volunteerID: volunteer, position: place)
        }
    }

    /// Who comes after `cursor`, up to `end`, in order; asked, if their round is on record.
    func page(of list: Stored, after cursor: Int64, through end: Int64, limit: Int) throws -> [WaitlistDecision.Entry] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT sequence, volunteer, round <> 0 AND EXISTS (
                        SELECT 1 FROM round WHERE round.list = entry.list AND number = entry.round) AS asked
                    FROM entry WHERE list = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
                    """),
            arguments: [list.rowID, cursor, end, limit]
        ).map { WaitlistDecision.Entry(sequence: $0[0], volunteer: .trusted($0[1]), asked: $0[2]) }
    }

    /// The members of a round after `cursor`, in order.
    func members(of round: Int64, on list: Stored, after cursor: Int64, limit: Int) throws -> [WaitlistDecision.Entry] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT sequence, volunteer FROM entry
                    WHERE list = ? AND round = ? AND round <> 0 AND sequence > ? ORDER BY sequence LIMIT ?
                    """),
            arguments: [list.rowID, round, cursor, limit]
        ).map { WaitlistDecision.Entry(sequence: $0[0], volunteer: .trusted($0[1]), asked: true) }
    }

    // MARK: - Rounds

    func round(_ number: Int64, of list: Stored) throws -> OfferRound? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectRound + " WHERE list = ? AND number = ?"),
            arguments: [list.rowID, number]
        ).map(OfferRound.init(row:))
    }

    /// Rounds whose offers hold: at most one with offers to all, at most one per offer else.
    func liveRounds(of list: Stored) throws -> [OfferRound] {
        try Row.fetchAll(
            db.cachedStatement(sql: Self.selectRound + " WHERE list = ? AND NOT lapsed ORDER BY number"),
            arguments: [list.rowID]
        ).map(OfferRound.init(row:))
    }

    private static let selectRound = "SELECT number, offered_at, expires_at, lapsed, members FROM round"

    /// Does to the rows what was decided, but for what concerns timers and long work.
    func apply(_ change: WaitlistDecision.RowChange, to list: Stored) throws {
        switch change {
        case .append(let entry):
            try db.cachedStatement(sql: "INSERT INTO entry (list, sequence, volunteer) VALUES (?, ?, ?)")
                .execute(arguments: [list.rowID, entry.sequence, entry.volunteer.string])
        case .remove(let volunteer):
            try db.cachedStatement(sql: "DELETE FROM entry WHERE list = ? AND volunteer = ?")
                .execute(arguments: [list.rowID, volunteer.string])
        case .mark(let sequences, let round):
            let mark = try db.cachedStatement(sql: "UPDATE entry SET round = ? WHERE list = ? AND sequence = ?")
            for sequence in sequences { try mark.execute(arguments: [round, list.rowID, sequence]) }
        case .begin(let round), .change(let round):
            try db.cachedStatement(
                sql: """
                    INSERT INTO round (list, number, offered_at, expires_at, lapsed, members) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (list, number) DO UPDATE SET expires_at = excluded.expires_at,
                        lapsed = excluded.lapsed, members = excluded.members
                    """
            ).execute(arguments: [
                list.rowID, round.number, round.offeredAt.milliseconds, round.expiresAt.milliseconds, round.lapsed,
                round.members,
            ])
        case .forgetRounds:
            try db.cachedStatement(sql: "DELETE FROM round WHERE list = ?").execute(arguments: [list.rowID])
        case .forgetLapsedRounds:
            try db.cachedStatement(sql: "DELETE FROM round WHERE list = ? AND lapsed")
                .execute(arguments: [list.rowID])
        case .resend:
            break
        }
    }
}

extension WaitlistStore.Stored {
    fileprivate init(row: Row, application: ID) throws {
        rowID = row[0]
        start = WaitlistStore.CivilStart(
            date: try CivilDate(parsing: row[2]), time: try CivilTime(parsing: row[3]), timeZone: row[4])
        var scan: Waitlist.Scan?
        if let purpose = row[15] as String? {
            scan = Waitlist.Scan(
                purpose: purpose == "offers" ? .offers : .openToAll, round: row[16], cursor: row[17], end: row[18])
        }
        list = Waitlist(
            application: application, startsAt: Timestamp(milliseconds: row[1]), cancelled: row[5], reserved: row[6],
            release: row[7], seen: row[8], nextSequence: row[9], listed: row[10], asked: row[11],
            outstanding: row[12], unaskedFrom: row[13], nextRound: row[14], awaitsReservation: row[19], scan: scan)
    }
}

extension OfferRound {
    fileprivate init(row: Row) {
        self.init(
            number: row[0], offeredAt: Timestamp(milliseconds: row[1]), expiresAt: Timestamp(milliseconds: row[2]),
            lapsed: row[3], members: row[4])
    }
}
