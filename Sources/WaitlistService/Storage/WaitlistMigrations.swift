import Ledger

extension LedgerMigration {
    /// The tables of WaitlistService. Times are Unix milliseconds.
    static let waitlist: [LedgerMigration] = [
        LedgerMigration(
            "waitlist-1",
            """
            CREATE TABLE list (
                id INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                starts_at INTEGER NOT NULL,
                -- What the start was made of: an update may name only a part of it.
                date TEXT NOT NULL,
                start_time TEXT NOT NULL,
                time_zone TEXT NOT NULL,
                cancelled INTEGER NOT NULL,
                reserved INTEGER NOT NULL CHECK (reserved >= 0),
                release INTEGER NOT NULL,
                seen INTEGER NOT NULL,
                next_sequence INTEGER NOT NULL,
                listed INTEGER NOT NULL CHECK (listed >= asked),
                asked INTEGER NOT NULL CHECK (asked >= outstanding),
                outstanding INTEGER NOT NULL CHECK (outstanding >= 0),
                unasked_from INTEGER NOT NULL,
                next_round INTEGER NOT NULL,
                awaits_reservation INTEGER NOT NULL DEFAULT 0,
                scan TEXT CHECK (scan IN ('offers', 'open')),
                scan_round INTEGER,
                scan_cursor INTEGER,
                scan_end INTEGER
            );

            -- Who waits, in the order of the sequence numbers. `round`: the round in which the person was asked
            -- last; it counts while that round is on record.
            CREATE TABLE entry (
                list INTEGER NOT NULL REFERENCES list (id),
                sequence INTEGER NOT NULL,
                volunteer TEXT NOT NULL,
                round INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (list, sequence)
            ) WITHOUT ROWID;
            CREATE UNIQUE INDEX entry_volunteer ON entry (list, volunteer);
            CREATE INDEX entry_round ON entry (list, round, sequence) WHERE round <> 0;

            CREATE TABLE round (
                list INTEGER NOT NULL REFERENCES list (id),
                number INTEGER NOT NULL,
                offered_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                lapsed INTEGER NOT NULL,
                members INTEGER NOT NULL CHECK (members >= 0),
                PRIMARY KEY (list, number)
            ) WITHOUT ROWID;
            """),
        // Finds the lists on which a clock that was ahead has ended all offers.
        LedgerMigration(
            "waitlist-2",
            """
            CREATE INDEX list_without_offers ON list (id) WHERE reserved > 0 AND outstanding = 0;
            """),
        // Finds what is to be forgotten. When a list of an earlier version was cancelled is not known.
        LedgerMigration(
            "waitlist-4",
            """
            ALTER TABLE list ADD COLUMN retained_from INTEGER NOT NULL DEFAULT 0;
            UPDATE list SET retained_from = max(starts_at, 0);
            CREATE INDEX list_retained ON list (retained_from);
            """),
        // Releases and counts belong to an epoch of ApplicationService's stream; 0 until the next message.
        LedgerMigration("waitlist-6", "ALTER TABLE list ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;"),
        // The state of the application is being sent, and further parts of it follow.
        LedgerMigration("waitlist-7", "ALTER TABLE list ADD COLUMN is_incomplete INTEGER NOT NULL DEFAULT 0;"),
        // Finds the round of an offer that ApplicationService names by its end.
        LedgerMigration("waitlist-8", "CREATE INDEX round_end ON round (list, expires_at);"),
    ]
}
