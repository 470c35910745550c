import Ledger

extension LedgerMigration {
    /// The tables of ApplicationService. Times are Unix milliseconds. A member's row holds the complete state of one
    /// volunteer in one application; the application's counters are updated in the same transaction.
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
            """),
        // The HTTP API. An operation's id begins with its partition and its time, so rows are inserted at one end of
        // the table and deleted from the other. `caller` is the caller who may see it. Members who were waiting before
        // this migration count as listed.
        LedgerMigration(
            "application-2",
            """
            ALTER TABLE member ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
            UPDATE member SET listed = 1 WHERE standing = 'waiting';
            CREATE INDEX application_fund ON application (fund, status);
            CREATE INDEX application_status ON application (status);

            CREATE TABLE operation (
                id TEXT PRIMARY KEY,
                caller TEXT NOT NULL,
                kind TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                application TEXT NOT NULL,
                volunteer TEXT,
                outcome TEXT CHECK (outcome IN ('confirmed', 'waiting', 'declined')),
                position INTEGER CHECK (position > 0),
                problem TEXT CHECK ((problem IS NULL) = (status <> 'failed'))
            ) WITHOUT ROWID;
            CREATE INDEX operation_pending ON operation (application, volunteer) WHERE status IN ('pending', 'running');

            CREATE TABLE idempotency (
                id INTEGER PRIMARY KEY,
                -- SHA-256 of caller, method, path and key; and of the body.
                scope BLOB NOT NULL UNIQUE,
                body BLOB NOT NULL,
                operation TEXT NOT NULL,
                -- The operation as the first answer showed it.
                answer BLOB NOT NULL,
                created_at INTEGER NOT NULL
            );

            INSERT INTO timer (kind, key, due) VALUES ('forget-operations', '', 0);
            """),
        // Spots that became open beyond what the waiting list can use: their number, and the one each member knows.
        LedgerMigration(
            "application-3",
            """
            ALTER TABLE application ADD COLUMN openings INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE member ADD COLUMN told_of_opening INTEGER NOT NULL DEFAULT 0;
            """),
        // When a confirmed spot was given up within an hour, as times joined by spaces; and who removed the member.
        LedgerMigration(
            "application-4",
            """
            ALTER TABLE member ADD COLUMN given_up TEXT;
            ALTER TABLE member ADD COLUMN removed_by TEXT;
            """),
        // `status` says which status was acted upon last. Finds what a clock that was ahead has started too early.
        LedgerMigration(
            "application-5",
            """
            CREATE INDEX application_started ON application (starts_at) WHERE status = 'started';
            """),
        // A volunteer's own responses, in the order in which the applications were created.
        LedgerMigration(
            "application-6",
            """
            CREATE INDEX member_volunteer ON member (volunteer, application);
            """),
        // What callers see beside the state, and the order of those who wait. `created_at` of an application is 0 if it
        // is older than this migration. A member's `sequence` is positive; those who were waiting before have negative
        // numbers, in the order of `since`, so that they come first.
        LedgerMigration(
            "application-7",
            """
            ALTER TABLE application ADD COLUMN cancel_reason TEXT;
            ALTER TABLE application ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE application ADD COLUMN updated_at INTEGER;

            ALTER TABLE member ADD COLUMN created_at INTEGER;
            ALTER TABLE member ADD COLUMN reason TEXT;
            ALTER TABLE member ADD COLUMN updated_at INTEGER;
            ALTER TABLE member ADD COLUMN sequence INTEGER;
            UPDATE member SET sequence = -earlier.number
            FROM (
                SELECT application, volunteer,
                    row_number() OVER (PARTITION BY application ORDER BY since DESC, volunteer DESC) AS number
                FROM member WHERE standing = 'waiting'
            ) AS earlier
            WHERE member.application = earlier.application AND member.volunteer = earlier.volunteer;
            CREATE INDEX member_sequence ON member (application, sequence) WHERE sequence IS NOT NULL;
            """),
        // Lists of applications, sorted by start or creation: of all, of one status, of one fund. Counters, which
        // change with every response, are in no index.
        LedgerMigration(
            "application-8",
            """
            DROP INDEX application_fund;
            DROP INDEX application_status;
            CREATE INDEX application_by_start ON application (starts_at);
            CREATE INDEX application_by_creation ON application (created_at);
            CREATE INDEX application_status_by_start ON application (status, starts_at);
            CREATE INDEX application_status_by_creation ON application (status, created_at);
            CREATE INDEX application_fund_by_start ON application (fund, starts_at);
            CREATE INDEX application_fund_by_creation ON application (fund, created_at);
            """),
        // The time zone rules that starts were derived by last: one row. And the start by the rules before, of
        // applications whose start moved with them.
        LedgerMigration(
            "application-10",
            """
            CREATE TABLE zone_rules (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                fingerprint TEXT NOT NULL
            );
            CREATE TABLE former_start (
                application INTEGER PRIMARY KEY REFERENCES application (id) ON DELETE CASCADE,
                starts_at INTEGER NOT NULL
            );
            """),
        // Finds what is to be forgotten. Operations and idempotency records are deleted by the time served since
        // `kept_from`; the wall clock decides only what clients are shown of them.
        LedgerMigration(
            "application-9",
            """
            ALTER TABLE application ADD COLUMN over_at INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE application ADD COLUMN retained_from INTEGER NOT NULL DEFAULT 0;
            UPDATE application SET over_at = max(starts_at, 0), retained_from = max(starts_at, 0);
            CREATE INDEX application_retained ON application (retained_from);

            ALTER TABLE operation ADD COLUMN ended_at INTEGER;
            ALTER TABLE operation ADD COLUMN kept_from INTEGER;
            UPDATE operation SET ended_at = updated_at, kept_from = updated_at
            WHERE status IN ('succeeded', 'failed');
            CREATE INDEX operation_kept ON operation (kept_from) WHERE kept_from IS NOT NULL;
            ALTER TABLE idempotency ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;
            UPDATE idempotency SET kept_from = created_at;
            CREATE INDEX idempotency_kept ON idempotency (kept_from);
            DELETE FROM timer WHERE kind = 'forget-operations';
            """),
        // WaitlistService's messages of a round to many, which a job applies one by one.
        LedgerMigration(
            "application-11",
            """
            CREATE TABLE stored_answer (
                id INTEGER PRIMARY KEY,
                application INTEGER NOT NULL REFERENCES application (id) ON DELETE CASCADE,
                body BLOB NOT NULL
            );
            CREATE INDEX stored_answer_application ON stored_answer (application, id);
            """),
        // The notifications that a stored message causes continue its trace.
        LedgerMigration("application-12", "ALTER TABLE stored_answer ADD COLUMN traceparent TEXT;"),
        // When the number of reserved spots grew last.
        LedgerMigration("application-13", "ALTER TABLE application ADD COLUMN reserved_grew_at INTEGER;"),
        // Which partitions of NotifierService know the application, a bit for each; null: all of them, because versions
        // before this migration sent every create to all.
        LedgerMigration("application-14", "ALTER TABLE application ADD COLUMN notifiers BLOB;"),
        // Where a client wants to be told of the end of its operation.
        LedgerMigration("application-15", "ALTER TABLE operation ADD COLUMN callback TEXT;"),
        // Signing secrets and webhook endpoints, by the name of the caller. Callers who have changed nothing have no
        // row. `events` are names joined by spaces; empty: all.
        LedgerMigration(
            "application-16",
            """
            CREATE TABLE webhook_caller (
                caller TEXT PRIMARY KEY,
                generation INTEGER NOT NULL CHECK (generation >= 0),
                rotated_at INTEGER
            ) WITHOUT ROWID;
            CREATE TABLE webhook_endpoint (
                id TEXT PRIMARY KEY,
                caller TEXT NOT NULL,
                url TEXT NOT NULL,
                events TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                enabled_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX webhook_endpoint_caller ON webhook_endpoint (caller, id);
            """),
        // Stream tickets that were not redeemed, each as the SHA-256 of its text, with the caller's name.
        LedgerMigration(
            "application-17",
            """
            CREATE TABLE stream_ticket (
                digest BLOB PRIMARY KEY,
                caller TEXT NOT NULL,
                expires_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX stream_ticket_expiry ON stream_ticket (expires_at);
            """),
        // What the organiser wrote when removing the member.
        LedgerMigration("application-18", "ALTER TABLE member ADD COLUMN comment TEXT;"),
        // Entries to the page that were used, each as the SHA-256 of what its link says.
        LedgerMigration(
            "application-19",
            """
            CREATE TABLE used_entry (
                digest BLOB PRIMARY KEY,
                expires_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX used_entry_expiry ON used_entry (expires_at);
            """),
    ]
}
