extension LedgerMigration {
    /// The tables that every partition has, whichever service owns it. Times are Unix milliseconds.
    package static let ledger: [LedgerMigration] = [
        LedgerMigration(
            "ledger-1",
            """
            CREATE TABLE meta (
                name TEXT PRIMARY KEY,
                value TEXT NOT NULL
            ) WITHOUT ROWID;

            -- What this partition sends: head is the last number given, confirmed what the broker has, applied
            -- what the consumer has.
            CREATE TABLE stream_out (
                id INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE,
                head INTEGER NOT NULL DEFAULT 0 CHECK (head >= confirmed),
                confirmed INTEGER NOT NULL DEFAULT 0,
                applied INTEGER NOT NULL DEFAULT 0,
                -- From which number on the consumer asked for it again in vain: the stream stands still there.
                stopped_at INTEGER
            );

            CREATE TABLE outbox (
                stream INTEGER NOT NULL REFERENCES stream_out (id),
                seq INTEGER NOT NULL,
                action TEXT NOT NULL,
                exchange TEXT NOT NULL,
                routing_key TEXT NOT NULL,
                traceparent TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (stream, seq)
            ) WITHOUT ROWID;

            -- One row per stream is all that exactly once needs between services.
            CREATE TABLE stream_in (
                name TEXT PRIMARY KEY,
                epoch INTEGER NOT NULL,
                last INTEGER NOT NULL,
                -- How far the stream is known to go: beyond last there is a gap.
                head INTEGER NOT NULL
            ) WITHOUT ROWID;

            -- Foreign messages have no numbers: (message_id, SHA-256 of the body), condensed to 16 bytes.
            CREATE TABLE seen (
                digest BLOB PRIMARY KEY,
                at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX seen_at ON seen (at);

            CREATE TABLE parked (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at INTEGER NOT NULL,
                reason TEXT NOT NULL,
                delivery BLOB NOT NULL,
                body BLOB NOT NULL
            );

            -- Messages that wait in the file: a streamed one that failed, and all later ones of its key, in
            -- order; and foreign ones that failed, each on its own.
            CREATE TABLE held (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                key TEXT NOT NULL,
                stream TEXT,
                attempts INTEGER NOT NULL,
                due INTEGER NOT NULL,
                reason TEXT NOT NULL,
                at INTEGER NOT NULL,
                delivery BLOB NOT NULL,
                body BLOB NOT NULL
            );
            CREATE INDEX held_key ON held (key, id);
            CREATE INDEX held_due ON held (due);

            CREATE TABLE refused (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at INTEGER NOT NULL,
                reason TEXT NOT NULL,
                action TEXT NOT NULL,
                application TEXT,
                volunteer TEXT,
                message_id TEXT
            );
            CREATE INDEX refused_at ON refused (at);

            CREATE TABLE timer (
                kind TEXT NOT NULL,
                key TEXT NOT NULL,
                due INTEGER NOT NULL,
                PRIMARY KEY (kind, key)
            ) WITHOUT ROWID;
            CREATE INDEX timer_due ON timer (due);

            CREATE TABLE work (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL,
                key TEXT NOT NULL,
                cursor TEXT NOT NULL,
                detail TEXT NOT NULL
            );
            CREATE INDEX work_kind_key ON work (kind, key);

            CREATE TABLE counter (
                name TEXT PRIMARY KEY,
                value INTEGER NOT NULL
            ) WITHOUT ROWID;
            """),
        LedgerMigration(
            "ledger-2",
            """
            -- One name for one thing: these messages are called blocked everywhere else.
            ALTER TABLE held RENAME TO blocked;
            DROP INDEX held_key;
            DROP INDEX held_due;
            CREATE INDEX blocked_key ON blocked (key, id);
            CREATE INDEX blocked_due ON blocked (due);
            UPDATE counter SET name = 'blocked' WHERE name = 'held';
            """),
        LedgerMigration(
            "ledger-3",
            """
            -- How many rows the tables have that metrics report: counting them at every scrape would read them all.
            CREATE TABLE row_count (
                name TEXT PRIMARY KEY,
                rows INTEGER NOT NULL CHECK (rows >= 0)
            ) WITHOUT ROWID;
            INSERT INTO row_count (name, rows)
            SELECT 'parked', count(*) FROM parked
            UNION ALL SELECT 'blocked', count(*) FROM blocked
            UNION ALL SELECT 'refused', count(*) FROM refused
            UNION ALL SELECT 'work', count(*) FROM work;
            CREATE TRIGGER parked_inserted AFTER INSERT ON parked BEGIN
                UPDATE row_count SET rows = rows + 1 WHERE name = 'parked';
            END;
            CREATE TRIGGER parked_deleted AFTER DELETE ON parked BEGIN
                UPDATE row_count SET rows = rows - 1 WHERE name = 'parked';
            END;
            CREATE TRIGGER blocked_inserted AFTER INSERT ON blocked BEGIN
                UPDATE row_count SET rows = rows + 1 WHERE name = 'blocked';
            END;
            CREATE TRIGGER blocked_deleted AFTER DELETE ON blocked BEGIN
                UPDATE row_count SET rows = rows - 1 WHERE name = 'blocked';
            END;
            CREATE TRIGGER refused_inserted AFTER INSERT ON refused BEGIN
                UPDATE row_count SET rows = rows + 1 WHERE name = 'refused';
            END;
            CREATE TRIGGER refused_deleted AFTER DELETE ON refused BEGIN
                UPDATE row_count SET rows = rows - 1 WHERE name = 'refused';
            END;
            CREATE TRIGGER work_inserted AFTER INSERT ON work BEGIN
                UPDATE row_count SET rows = rows + 1 WHERE name = 'work';
            END;
            CREATE TRIGGER work_deleted AFTER DELETE ON work BEGIN
                UPDATE row_count SET rows = rows - 1 WHERE name = 'work';
            END;
            """),
        LedgerMigration(
            "ledger-4",
            """
            -- The clocks by which ages are measured (FileTime). `served_at` is a time served, and NULL in the rows of
            -- earlier versions; `seen.at` is one too.
            CREATE TABLE file_time (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                served INTEGER NOT NULL,
                calendar INTEGER NOT NULL,
                since INTEGER NOT NULL
            );
            ALTER TABLE outbox ADD COLUMN served_at INTEGER;
            ALTER TABLE refused ADD COLUMN served_at INTEGER;
            ALTER TABLE parked ADD COLUMN served_at INTEGER;
            -- Rows are deleted in the order of their ids, which is the order of the time served.
            DROP INDEX refused_at;
            """),
        LedgerMigration(
            "ledger-6",
            """
            -- Each stream has an epoch of its own, renewed when the consumer knows more of the stream than this file.
            ALTER TABLE stream_out ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
            UPDATE stream_out
            SET epoch = coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'epoch'), 0);
            -- Numbers above it were given since the file was opened, and the consumer has not been asked yet what it
            -- knows: they cannot have been published. NULL once it has answered.
            ALTER TABLE stream_out ADD COLUMN unverified_head INTEGER;
            -- The comparison with what the consumer knows replaces this note.
            DELETE FROM meta WHERE name = 'restored';
            """),
        LedgerMigration(
            "ledger-7",
            """
            -- Whether the producer's state is being sent, or was sent, in this epoch of the stream; and whether the
            -- consumer waits for it, because it has state of an earlier epoch.
            ALTER TABLE stream_out ADD COLUMN has_resync INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE stream_in ADD COLUMN is_resyncing INTEGER NOT NULL DEFAULT 0;
            -- A stream whose consumer lacks deleted messages begins a new epoch.
            UPDATE stream_out SET stopped_at = NULL;
            """),
        LedgerMigration(
            "ledger-8",
            """
            -- The process that has the file open; another one that opens it replaces the row (FileOwnership).
            CREATE TABLE holder (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                token TEXT NOT NULL,
                host TEXT NOT NULL,
                process INTEGER NOT NULL
            );
            """),
        LedgerMigration(
            "ledger-9",
            """
            -- A message from outside that another partition decides takes its digest there (`seen`), in the header of
            -- that name. NULL in all others.
            ALTER TABLE outbox ADD COLUMN digest BLOB;
            """),
        LedgerMigration(
            "ledger-10",
            """
            -- A new epoch numbers its messages from 1 without changing their rows: number + base = outbox.seq. Rows up
            -- to it are of earlier epochs, and are deleted in steps.
            ALTER TABLE stream_out ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
            -- Few rows: those of an earlier epoch are found without a look at the others.
            CREATE INDEX outbox_state_complete ON outbox (stream, seq) WHERE action = 'state_complete';
            """),
    ]
}
