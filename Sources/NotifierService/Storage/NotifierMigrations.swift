import Ledger

extension LedgerMigration {
    /// The tables of NotifierService. Times are Unix milliseconds; upcoming reminders are timers of the ledger.
    static let notifier: [LedgerMigration] = [
        LedgerMigration(
            "notifier-1",
            """
            CREATE TABLE application (
                id INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                date TEXT NOT NULL,
                start_time TEXT NOT NULL,
                end_time TEXT NOT NULL,
                time_zone TEXT NOT NULL,
                cancelled INTEGER NOT NULL,
                edition INTEGER NOT NULL,
                -- The edition that moved the start last, and when.
                moved_in INTEGER NOT NULL,
                moved_at INTEGER NOT NULL,
                -- Whether messages that came before the create still wait in the table early.
                has_early INTEGER NOT NULL
            );

            -- What an application was called in each edition of its details: a change of the name is told by the
            -- name that the user knows.
            CREATE TABLE edition (
                application INTEGER NOT NULL REFERENCES application (id),
                number INTEGER NOT NULL,
                name TEXT NOT NULL,
                PRIMARY KEY (application, number)
            ) WITHOUT ROWID;

            CREATE TABLE audience (
                id INTEGER PRIMARY KEY,
                application INTEGER NOT NULL REFERENCES application (id),
                user TEXT NOT NULL,
                standing TEXT NOT NULL CHECK (standing IN ('confirmed', 'waiting', 'none')),
                edition INTEGER NOT NULL,
                UNIQUE (application, user)
            );
            CREATE INDEX audience_application ON audience (application, id);

            -- Reminders that were sent, or missed because the start had passed: each counts for one start.
            CREATE TABLE reminder (
                audience INTEGER NOT NULL REFERENCES audience (id),
                lead TEXT NOT NULL,
                starts_at INTEGER NOT NULL,
                outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'missed')),
                at INTEGER NOT NULL,
                PRIMARY KEY (audience, lead, starts_at)
            ) WITHOUT ROWID;

            -- Messages about applications whose create has not come yet, in the order they came.
            CREATE TABLE early (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                application TEXT NOT NULL,
                is_cancel INTEGER NOT NULL,
                delivery BLOB NOT NULL,
                body BLOB NOT NULL
            );
            CREATE INDEX early_application ON early (application, id);
            """),
        // The REMINDERS that the timers were planned by: one row. Reminders missed by a clock that was ahead are found
        // by their start.
        LedgerMigration(
            "notifier-2",
            """
            CREATE TABLE reminder_plan (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                leads TEXT NOT NULL
            );
            CREATE INDEX reminder_missed ON reminder (starts_at) WHERE outcome = 'missed';
            """),
        // The start as ApplicationService said it; null if it came from a version that did not. And the time zone rules
        // that the timers were planned by.
        LedgerMigration(
            "notifier-3",
            """
            ALTER TABLE application ADD COLUMN starts_at INTEGER;
            ALTER TABLE reminder_plan ADD COLUMN zone_rules TEXT NOT NULL DEFAULT '';
            """),
        // Finds what is to be forgotten. Starts are civil times: a day after them, read as UTC, they have come in every
        // zone. When an application was cancelled is not known.
        LedgerMigration(
            "notifier-4",
            """
            ALTER TABLE application ADD COLUMN retained_from INTEGER NOT NULL DEFAULT 0;
            UPDATE application
            SET retained_from = max(coalesce(strftime('%s', date || ' ' || start_time, '+1 day'), 0) * 1000, 0);
            CREATE INDEX application_retained ON application (retained_from);
            """),
        // The epoch of ApplicationService's stream in which it last spoke of the row, 0 if that is unknown; which
        // edition all recipients count as told of; and when the offer ends that the user was told of.
        LedgerMigration(
            "notifier-5",
            """
            ALTER TABLE application ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE application ADD COLUMN told_edition INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE application ADD COLUMN from_state INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE audience ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE audience ADD COLUMN offer_expires_at INTEGER;

            -- The last epoch in which a partition of ApplicationService has sent all of its state, and the last one in
            -- which it did so because its file was an older copy.
            CREATE TABLE complete_state (
                producer TEXT PRIMARY KEY,
                epoch INTEGER NOT NULL,
                restored_epoch INTEGER NOT NULL
            ) WITHOUT ROWID;
            """),
        // Callbacks and webhook endpoints (contract section 6). The fund is null if the application came from a version
        // that did not store it.
        LedgerMigration(
            "notifier-6",
            """
            ALTER TABLE application ADD COLUMN fund TEXT;

            -- What ApplicationService has said of each caller, and in which epoch of its stream.
            CREATE TABLE webhook_caller (
                name TEXT PRIMARY KEY,
                generation INTEGER NOT NULL,
                rotated_at INTEGER,
                producer TEXT NOT NULL,
                epoch INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX webhook_caller_epoch ON webhook_caller (producer, epoch);

            CREATE TABLE webhook_endpoint (
                id TEXT PRIMARY KEY,
                caller TEXT NOT NULL,
                -- Whether the caller is a service, which receives the notifications of all applications.
                is_service INTEGER NOT NULL,
                url TEXT NOT NULL,
                events TEXT NOT NULL,
                enabled_at INTEGER NOT NULL,
                failing_since INTEGER,
                failing_since_served INTEGER,
                disabled_at INTEGER,
                reason TEXT
            ) WITHOUT ROWID;
            CREATE INDEX webhook_endpoint_caller ON webhook_endpoint (caller);
            CREATE INDEX webhook_endpoint_service ON webhook_endpoint (is_service);

            CREATE TABLE webhook_delivery (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                event TEXT NOT NULL,
                caller TEXT NOT NULL,
                -- Empty for the callback of a command.
                endpoint TEXT NOT NULL,
                type TEXT NOT NULL,
                url TEXT NOT NULL,
                host TEXT NOT NULL,
                body BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'skipped')),
                attempts INTEGER NOT NULL,
                step INTEGER NOT NULL,
                -- Null unless it is pending.
                due INTEGER,
                is_forced INTEGER NOT NULL,
                last_status INTEGER,
                last_error TEXT,
                -- In time served; null while it is pending.
                ended_served INTEGER,
                UNIQUE (event, endpoint)
            );
            CREATE INDEX webhook_delivery_host ON webhook_delivery (host, due, id) WHERE due IS NOT NULL;
            CREATE INDEX webhook_delivery_due ON webhook_delivery (due) WHERE due IS NOT NULL;
            CREATE INDEX webhook_delivery_endpoint ON webhook_delivery (endpoint, state, created_at, id)
                WHERE endpoint <> '';
            CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_served) WHERE ended_served IS NOT NULL;

            CREATE TABLE webhook_attempt (
                delivery INTEGER NOT NULL REFERENCES webhook_delivery (id),
                number INTEGER NOT NULL,
                at INTEGER NOT NULL,
                duration INTEGER NOT NULL,
                status INTEGER,
                error TEXT,
                response BLOB NOT NULL
            );
            CREATE UNIQUE INDEX webhook_attempt_delivery ON webhook_attempt (delivery, number);
            """),
        // The notifications of each user, for the inbox. They are inserted in the order of their ids, and deleted from
        // the other end by the time served.
        LedgerMigration(
            "notifier-7",
            """
            CREATE TABLE notification (
                id INTEGER PRIMARY KEY,
                user TEXT NOT NULL,
                kind TEXT NOT NULL,
                application TEXT NOT NULL,
                message TEXT NOT NULL,
                at INTEGER NOT NULL,
                read_at INTEGER,
                served_at INTEGER NOT NULL
            );
            CREATE INDEX notification_user ON notification (user, id);
            CREATE INDEX notification_unread ON notification (user, id) WHERE read_at IS NULL;
            """),
        // What was sent to whom about an application. And how users want to be notified: what is null is as the
        // settings say, and a user who prefers nothing has no row.
        LedgerMigration(
            "notifier-8",
            """
            -- Whether webhook endpoints receive it; 0 if an earlier version stored it.
            ALTER TABLE notification ADD COLUMN for_webhooks INTEGER NOT NULL DEFAULT 0;
            CREATE INDEX notification_application ON notification (application, id);

            CREATE TABLE preferences (
                user TEXT PRIMARY KEY,
                language TEXT,
                time_zone TEXT,
                -- When they were set, or found to be in use, in time served.
                served_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX preferences_served ON preferences (served_at);
            """),
    ]
}
