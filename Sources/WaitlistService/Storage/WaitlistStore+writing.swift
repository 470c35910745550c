import Contracts
import GRDB
import Ledger
import WaitlistDomain

extension WaitlistStore<LedgerTransaction> {
    /// Inserts a new, empty list.
    func insert(_ list: Waitlist, schedule: ApplicationSchedule) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO list (key, starts_at, date, start_time, time_zone, cancelled, reserved, release, seen,
                    epoch, next_sequence, listed, asked, outstanding, unasked_from, next_round, retained_from)
                VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, 0, 0, 0, 0, ?, ?)
                """
        ).execute(arguments: [
            list.application.string, list.startsAt.milliseconds, schedule.date.description,
            schedule.startTime.description, schedule.timeZone, list.epoch, list.nextSequence, list.nextRound,
            overAt(list).milliseconds,
        ])
    }

    func save(_ list: Waitlist, over stored: StoredWaitlist) throws {
        if list == stored.list { return }
        try db.cachedStatement(
            sql: """
                UPDATE list SET starts_at = ?, cancelled = ?, reserved = ?, release = ?, seen = ?, epoch = ?,
                    next_sequence = ?, listed = ?, asked = ?, outstanding = ?, unasked_from = ?, next_round = ?,
                    scan = ?, scan_round = ?, scan_cursor = ?, scan_end = ?, awaits_reservation = ?,
                    is_incomplete = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            list.startsAt.milliseconds, list.cancelled, list.reserved, list.release, list.seen, list.epoch,
            list.nextSequence, list.listed, list.asked, list.outstanding, list.unaskedFrom, list.nextRound,
            list.scan?.purpose.column,
            list.scan?.round, list.scan?.cursor, list.scan?.end, list.awaitsReservation, list.isIncomplete,
            stored.rowID,
        ])
        guard list.startsAt != stored.list.startsAt || list.cancelled != stored.list.cancelled else { return }
        try postpone(stored.rowID, until: overAt(list))
    }

    func save(_ schedule: ApplicationSchedule, of stored: StoredWaitlist) throws {
        try db.execute(
            sql: "UPDATE list SET date = ?, start_time = ?, time_zone = ? WHERE id = ?",
            arguments: [
                schedule.date.description, schedule.startTime.description, schedule.timeZone, stored.rowID,
            ])
    }

    /// Makes a decided change to rows. Timers and jobs are the handler's part.
    func apply(_ change: WaitlistDecision.RowChange, to list: StoredWaitlist) throws {
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
