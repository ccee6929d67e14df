// SPDX-License-Identifier: Apache-2.0
// Martlet: reads from the catalogue what a logical backup must hold.
internal import Postgres

/// Questions to the system catalogue, asked within the snapshot.
struct DatabaseLook: Sendable {
    let session: PostgresSession
    private static let limit = Duration.seconds(300)

    private func rows(_ sql: String) async throws(RecoveryError) -> PostgresResult {
        do throws(PostgresError) {
            return try await session.execute(PostgresStatement("", sql), deadline: Self.limit)
        } catch {
            throw RecoveryError(error, "the database's catalogue can't be read")
        }
    }

    private func read<Value>(
        _ sql: String,
        _ row: (PostgresResult, Int) throws(PostgresError) -> Value
    ) async throws(RecoveryError) -> [Value] {
        let result = try await rows(sql)
        var values: [Value] = []
        do throws(PostgresError) {
            for index in 0..<result.rowCount { values.append(try row(result, index)) }
        } catch {
            throw RecoveryError(error, "the database's catalogue can't be read")
        }
        return values
    }

    /// The cluster's identity.
    func system() async throws(RecoveryError) -> SystemID {
        let texts = try await read("SELECT system_identifier::text FROM pg_control_system()") {
            (result, row) throws(PostgresError) in try result.string(row, 0)
        }
        guard let text = texts.first, let system = SystemID(text) else {
            throw RecoveryError(.database, "the server says no system identifier")
        }
        return system
    }

    /// The database's properties.
    func database() async throws(RecoveryError) -> LogicalDatabase {
        // By way of JSON, since versions differ in columns.
        let sql = """
            SELECT d.datname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, j ->> 'datlocprovider',
                coalesce(j ->> 'datlocale', j ->> 'daticulocale'), j ->> 'daticurules',
                shobj_description(d.oid, 'pg_database'),
                coalesce((SELECT s.setconfig FROM pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0), '{}')
            FROM pg_database d, LATERAL (SELECT to_jsonb(d) AS j) AS x WHERE d.datname = current_database()
            """
        let found = try await read(sql) { (result, row) throws(PostgresError) in
            LogicalDatabase(
                name: try result.string(row, 0),
                encoding: try result.string(row, 1),
                collation: try result.string(row, 2),
                characters: try result.string(row, 3),
                provider: try result.optionalString(row, 4),
                locale: try result.optionalString(row, 5),
                rules: try result.optionalString(row, 6),
                comment: try result.optionalString(row, 7),
                settings: try result.stringArray(row, 8)
            )
        }
        guard let database = found.first else { throw RecoveryError(.database, "the database is gone") }
        return database
    }

    /// What belongs to an extension is made by it; only its configuration tables have rows of ours.
    static let own = """
        WITH config AS (
            SELECT x.id, x.condition FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS x(id, condition)
        ), member AS (
            SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'e'
        )
        """

    /// The tables with rows, the largest first.
    func tables() async throws(RecoveryError) -> [SourceTable] {
        let sql = """
            \(Self.own)
            SELECT c.oid::int8, format('%I.%I', n.nspname, c.relname),
                array(
                    SELECT quote_ident(a.attname) FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                    ORDER BY a.attnum
                ),
                nullif(f.condition, ''), m.objid IS NOT NULL,
                coalesce(pg_table_size(c.oid), 0),
                coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int8,
                coalesce(am.amname = 'heap', false) AND current_setting('server_version_num')::int >= 140000
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam
                LEFT JOIN config f ON f.id = c.oid LEFT JOIN member m ON m.objid = c.oid
            WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND (m.objid IS NULL OR f.id IS NOT NULL)
            ORDER BY 6 DESC, 2
            """
        return try await read(sql) { (result, row) throws(PostgresError) in
            SourceTable(
                id: try result.int64(row, 0),
                name: try result.string(row, 1),
                columns: try result.stringArray(row, 2),
                condition: try result.optionalString(row, 3),
                isOfExtension: try result.bool(row, 4),
                size: try result.int(row, 5),
                blocks: try result.int(row, 6),
                hasPlaces: try result.bool(row, 7)
            )
        }
    }

    /// Where the sequences stand now, which is at or after the snapshot: a restored one never gives a number twice.
    func sequences() async throws(RecoveryError) -> [LogicalSequence] {
        let sql = """
            \(Self.own)
            SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN config f ON f.id = c.oid LEFT JOIN member m ON m.objid = c.oid
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND (m.objid IS NULL OR f.id IS NOT NULL)
            ORDER BY 1
            """
        let names = try await read(sql) { (result, row) throws(PostgresError) in try result.string(row, 0) }
        var sequences: [LogicalSequence] = []
        var rest = names[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(100))
            let parts = batch.enumerated().map { "SELECT \($0)::int8, last_value, is_called FROM \($1)" }
            let sql = parts.joined(separator: " UNION ALL ") + " ORDER BY 1"
            sequences += try await read(sql) { (result, row) throws(PostgresError) in
                LogicalSequence(
                    name: batch[try result.int(row, 0)],
                    value: try result.int64(row, 1),
                    isCalled: try result.bool(row, 2)
                )
            }
            rest = rest.dropFirst(100)
        }
        return sequences
    }

    /// Materialised views with content, each after those that it reads.
    func views() async throws(RecoveryError) -> [String] {
        let sql = """
            WITH RECURSIVE edge AS (
                SELECT DISTINCT r.ev_class AS view, d.refobjid AS source FROM pg_rewrite r
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
            ), level(view, depth) AS (
                SELECT oid, 0 FROM pg_class WHERE relkind IN ('m', 'v')
                UNION
                SELECT e.view, l.depth + 1 FROM level l JOIN edge e ON e.source = l.view
            ), deepest AS (
                SELECT view, max(depth) AS depth FROM level GROUP BY view
            )
            SELECT format('%I.%I', n.nspname, c.relname)
            FROM deepest x JOIN pg_class c ON c.oid = x.view JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY x.depth, 1
            """
        return try await read(sql) { (result, row) throws(PostgresError) in try result.string(row, 0) }
    }

    /// Whether there are large objects.
    func hasLargeObjects() async throws(RecoveryError) -> Bool {
        try await truth("SELECT EXISTS (SELECT FROM pg_largeobject_metadata)")
    }

    /// Whether this role may see the passwords of roles, which managed servers forbid.
    func seesPasswords() async throws(RecoveryError) -> Bool {
        try await truth("SELECT has_table_privilege('pg_catalog.pg_authid', 'SELECT')")
    }

    private func truth(_ sql: String) async throws(RecoveryError) -> Bool {
        try await read(sql) { (result, row) throws(PostgresError) in try result.bool(row, 0) }.first ?? false
    }

    /// The snapshot and the position in the log, as the server writes them.
    func moment() async throws(RecoveryError) -> (snapshot: String, position: String?) {
        let sql = """
            SELECT pg_current_snapshot()::text,
                CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text
            """
        let found = try await read(sql) { (result, row) throws(PostgresError) in
            (try result.string(row, 0), try result.optionalString(row, 1))
        }
        guard let moment = found.first else { throw RecoveryError(.database, "the server says no snapshot") }
        return moment
    }
}
