// SPDX-License-Identifier: Apache-2.0
// Martlet: how a table of the ledger is read and changed by exports and imports.
internal import Postgres

/// The statements of one section; rows go in and out as one JSON array.
struct LedgerTable<Row: ExportRow>: Sendable {
    /// Which section it is.
    let section: ExportSection
    /// Gives all rows that are not over, at most ``LedgerTables/most`` and one.
    let read: PostgresStatement
    /// Adds and changes the rows of `$1`.
    let write: PostgresStatement
    /// Removes the rows of `$1`; nil where rows are never removed.
    let remove: PostgresStatement?
}

/// The tables that hold what operators configured.
enum LedgerTables {
    /// Rows that a section may have: an export holds configuration.
    static let most = 100_000

    /// Programs remember the numbers of queues, so none is ever removed.
    static let queues = LedgerTable<ExportedQueue>(
        section: .queues,
        read: read("queues", #"SELECT name FROM queue ORDER BY name COLLATE "C""#),
        write: write(
            "queues_write",
            """
            INSERT INTO queue (name) SELECT name FROM jsonb_to_recordset($1) AS given (name text)
            ON CONFLICT (name) DO NOTHING
            """
        ),
        remove: nil
    )

    static let maintenance = LedgerTable<ExportedWindow>(
        section: .maintenance,
        read: read(
            "maintenance",
            """
            SELECT DISTINCT ON (document::jsonb) document::jsonb::text AS document, created_by, \(time("created_at")),
                \(time("ends_at"))
            FROM health_maintenance WHERE ends_at IS NULL OR ends_at > now() ORDER BY document::jsonb, id
            """
        ),
        write: write(
            "maintenance_write",
            """
            WITH given AS (
                SELECT * FROM jsonb_to_recordset($1)
                    AS given (document text, created_by text, created_at timestamptz, ends_at timestamptz)),
            changed AS (
                UPDATE health_maintenance here SET created_by = given.created_by, created_at = given.created_at
                FROM given WHERE here.document::jsonb = given.document::jsonb)
            INSERT INTO health_maintenance (document, created_by, created_at, ends_at)
            SELECT document, created_by, created_at, ends_at FROM given WHERE NOT EXISTS (
                SELECT FROM health_maintenance here WHERE here.document::jsonb = given.document::jsonb)
            """
        ),
        remove: write(
            "maintenance_remove",
            """
            DELETE FROM health_maintenance here USING jsonb_to_recordset($1) AS given (document text)
            WHERE here.document::jsonb = given.document::jsonb
            """
        )
    )

    /// Failures of deliveries stay as they are here: they are no configuration.
    static let subscribers = LedgerTable<ExportedSubscriber>(
        section: .subscribers,
        read: read(
            "subscribers",
            """
            SELECT kind, target, target_key, checks, groups, encode(token, 'hex') AS token, secret, host, \(time("confirmed_at"))
            FROM health_subscriber ORDER BY kind COLLATE "C", target_key COLLATE "C"
            """
        ),
        write: write(
            "subscribers_write",
            """
            INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret, host, confirmed_at)
            SELECT kind, target, target_key, checks, groups, decode(token, 'hex'), secret, host, confirmed_at
            FROM jsonb_to_recordset($1) AS given (kind text, target text, target_key text, checks text[], groups text[],
                token text, secret text, host text, confirmed_at timestamptz)
            ON CONFLICT (kind, target_key) DO UPDATE SET target = excluded.target, checks = excluded.checks,
                groups = excluded.groups, token = excluded.token, secret = excluded.secret, host = excluded.host,
                confirmed_at = excluded.confirmed_at
            """
        ),
        remove: write(
            "subscribers_remove",
            """
            DELETE FROM health_subscriber here USING jsonb_to_recordset($1) AS given (kind text, target_key text)
            WHERE here.kind = given.kind AND here.target_key = given.target_key
            """
        )
    )

    private static func read(_ name: String, _ select: String) -> PostgresStatement {
        PostgresStatement(
            "export_\(name)",
            "SELECT coalesce(jsonb_agg(found), '[]')::text FROM (\(select) LIMIT \(most + 1)) found"
        )
    }

    private static func write(_ name: String, _ sql: String) -> PostgresStatement {
        PostgresStatement("import_\(name)", sql, parameters: [.jsonb])
    }

    /// A time in its one spelling, under the column's own name.
    private static func time(_ column: String) -> String { "\(spelled(column)) AS \(column)" }

    /// A time in its one spelling.
    static func spelled(_ time: String) -> String {
        #"to_char(\#(time) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }
}
