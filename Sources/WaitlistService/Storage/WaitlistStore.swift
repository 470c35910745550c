import Contracts
import Foundation
import GRDB
import Ledger
import WaitlistDomain

/// The rows of waiting lists: lists, entries and rounds. Reads work in the writer's transaction and in a snapshot,
/// writes only in the transaction (`WaitlistStore+writing.swift`).
struct WaitlistStore<Source: StatementSource> {
    let source: Source
    var db: Database { source.db }

    init(_ source: Source) {
        self.source = source
    }

    func list(_ application: ID) throws -> StoredWaitlist? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT \(StoredWaitlist.columns) FROM list WHERE key = ?"),
            arguments: [application.string])
        return try row.map { try StoredWaitlist(row: $0, application: application) }
    }

    /// The lists after a row id that have reserved spots and a start ahead, but neither offers nor a scan in progress.
    func withoutOffers(after rowID: Int64, limit: Int, now: Timestamp) throws -> [(rowID: Int64, application: ID)] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, key FROM list
                    WHERE reserved > 0 AND outstanding = 0 AND id > ? AND scan IS NULL AND starts_at > ?
                    ORDER BY id LIMIT ?
                    """),
            arguments: [rowID, now.milliseconds, limit]
        ).map { ($0[0], .trusted($0[1])) }
    }

    // MARK: - Entries

    /// A volunteer's sequence number and the round in which they were asked last, if they are on the list.
    func entry(_ volunteer: ID, of list: StoredWaitlist) throws -> (sequence: Int64, round: Int64)? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT sequence, round FROM entry WHERE list = ? AND volunteer = ?"),
            arguments: [list.rowID, volunteer.string]
        ).map { ($0[0], $0[1]) }
    }

    /// The position of a sequence number on the list, from 1. It counts the entries before it, so it is read only when
    /// a volunteer is enqueued again.
    func position(of sequence: Int64, on list: StoredWaitlist) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM entry WHERE list = ? AND sequence <= ?"),
            arguments: [list.rowID, sequence]) ?? 1
    }

    /// The positions of those of the volunteers who are on the list, in its order. Counts from one to the next, so the
    /// list is read once however many volunteers are requested.
    func positions(of volunteers: [ID], on list: StoredWaitlist) throws -> [WaitlistPositionsReply.Position] {
        let entries = try Set(volunteers).compactMap { volunteer in
            try entry(volunteer, of: list).map { (volunteer: volunteer, sequence: $0.sequence) }
        }
        let countBetween = try db.cachedStatement(
            sql: "SELECT count(*) FROM entry WHERE list = ? AND sequence > ? AND sequence <= ?")
        var position = 0
        var last: Int64 = 0
        return try entries.sorted { $0.sequence < $1.sequence }.map { volunteer, sequence in
            position += try Int.fetchOne(countBetween, arguments: [list.rowID, last, sequence]) ?? 0
            last = sequence
            return WaitlistPositionsReply.Position(volunteerID: volunteer, position: position)
        }
    }

    /// The entries after `cursor` up to `end`, in order. An entry counts as asked if its round still exists.
    func page(
        of list: StoredWaitlist, after cursor: Int64, through end: Int64, limit: Int
    ) throws -> [WaitlistDecision.Entry] {
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
    func members(
        of round: Int64, on list: StoredWaitlist, after cursor: Int64, limit: Int
    ) throws -> [WaitlistDecision.Entry] {
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

    func round(_ number: Int64, of list: StoredWaitlist) throws -> OfferRound? {
        try Row.fetchOne(
            db.cachedStatement(sql: Self.selectRound + " WHERE list = ? AND number = ?"),
            arguments: [list.rowID, number]
        ).map(OfferRound.init(row:))
    }

    /// The rounds that have not lapsed: at most one when offers go to all, else at most one per offer.
    func liveRounds(of list: StoredWaitlist) throws -> [OfferRound] {
        try Row.fetchAll(
            db.cachedStatement(sql: Self.selectRound + " WHERE list = ? AND NOT lapsed ORDER BY number"),
            arguments: [list.rowID]
        ).map(OfferRound.init(row:))
    }

    private static var selectRound: String { "SELECT number, offered_at, expires_at, lapsed, members FROM round" }
}

extension OfferRound {
    static func fetch(_ statement: Statement, arguments: StatementArguments) throws -> [OfferRound] {
        try Row.fetchAll(statement, arguments: arguments).map(OfferRound.init(row:))
    }

    fileprivate init(row: Row) {
        self.init(
            number: row[0], offeredAt: Timestamp(milliseconds: row[1]), expiresAt: Timestamp(milliseconds: row[2]),
            lapsed: row[3], members: row[4])
    }
}
