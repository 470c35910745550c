import Ledger

extension LedgerMigration {
    /// The tables of ApplicationService. Times are Unix milliseconds; a member's row is the whole truth about one
    /// volunteer in one application, and the counters of an application are kept with it in the same transaction.
    static let application: [LedgerMigration] = [
        LedgerMigration(
            "application-1",
            """
            CREATE TABLE application (
                id INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                fund TEXT NOT NULL,
                name TEXT NOT NULL,
                description TEXT NOT NULL,
                date TEXT NOT NULL,
                start_time TEXT NOT NULL,
                end_time TEXT NOT NULL,
                time_zone TEXT NOT NULL,
                capacity INTEGER NOT NULL CHECK (capacity > 0),
                status TEXT NOT NULL CHECK (status IN ('open', 'started', 'cancelled')),
                starts_at INTEGER NOT NULL,
                confirmed INTEGER NOT NULL CHECK (confirmed >= 0),
                waiting INTEGER NOT NULL CHECK (waiting >= 0),
                reserved INTEGER NOT NULL
                    CHECK (reserved BETWEEN 0 AND max(0, capacity - confirmed)),
                release INTEGER NOT NULL,
                sent INTEGER NOT NULL,
                origin TEXT NOT NULL
            );

            CREATE TABLE member (
                application INTEGER NOT NULL REFERENCES application (id),
                volunteer TEXT NOT NULL,
                standing TEXT NOT NULL CHECK (standing IN ('confirmed', 'waiting', 'declined')),
                since INTEGER NOT NULL,
                offer_release INTEGER,
                offer_expires_at INTEGER CHECK ((offer_expires_at IS NULL) = (offer_release IS NULL)),
                not_chosen_in INTEGER NOT NULL,
                told_of_cancellation INTEGER NOT NULL,
                PRIMARY KEY (application, volunteer)
            ) WITHOUT ROWID;
            """)
    ]
}
