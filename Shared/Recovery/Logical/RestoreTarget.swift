// SPDX-License-Identifier: Apache-2.0
// Martlet: the database that a logical backup is restored into.
internal import Postgres

/// Makes sure that there is an empty database, and that nothing else is touched.
struct RestoreTarget: Sendable {
    let configuration: PostgresConfiguration
    /// The database's name, not quoted.
    let name: String
    let loop: EventLoop

    private static let limit = Duration.seconds(300)
    /// How much a refusal names.
    private static let shown = 5

    init(_ configuration: PostgresConfiguration, on loop: EventLoop) throws(RecoveryError) {
        let keywords: [(name: String, value: String)]
        do throws(PostgresError) { keywords = try configuration.keywords } catch { throw RecoveryError(error) }
        guard let name = keywords.first(where: { $0.name == "dbname" })?.value, !name.isEmpty else {
            throw RecoveryError(.request, "the connection string names no database to restore into")
        }
        self.configuration = configuration
        self.name = name
        self.loop = loop
    }

    /// A session on the database itself.
    func connect() async throws(RecoveryError) -> PostgresSession {
        try await LogicalSession.connect(configuration, lockTimeout: .seconds(60), on: loop)
    }

    /// Runs something on the server's database `postgres`.
    func onServer<Value: Sendable>(
        _ body: (PostgresSession) async throws(PostgresError) -> Value
    ) async throws(RecoveryError) -> Value {
        var settings = configuration
        settings.database = "postgres"
        let session = try await LogicalSession.connect(settings, lockTimeout: .seconds(60), on: loop)
        do throws(PostgresError) {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw RecoveryError(error)
        }
    }

    /// Whether the database is there.
    func exists() async throws(RecoveryError) -> Bool {
        let sql = "SELECT FROM pg_database WHERE datname = \(SQLText.literal(name))"
        return try await onServer { session throws(PostgresError) in
            try await session.simpleQuery(sql, deadline: Self.limit).first?.rowCount ?? 0 > 0
        }
    }

    /// Creates the database.
    func create(like database: LogicalDatabase) async throws(RecoveryError) {
        try await onServer { session throws(PostgresError) in
            let creation = database.creation(named: name, server: session.serverVersion)
            try await session.simpleQuery(creation, deadline: Self.limit)
            for sql in database.properties(named: name) { try await session.simpleQuery(sql, deadline: Self.limit) }
        }
    }

    /// Drops the database with everybody who is connected to it.
    func drop() async throws(RecoveryError) {
        try await onServer { session throws(PostgresError) in
            _ = try await session.simpleQuery(
                "DROP DATABASE IF EXISTS \(SQLText.name(name)) WITH (FORCE)",
                deadline: Self.limit
            )
        }
    }

    /// What the database has that a new one has not; at most a handful, and how many there are.
    func contents(_ session: PostgresSession) async throws(RecoveryError) -> (shown: [String], count: Int) {
        // Everything that initdb made has an id below 16384.
        let sql = """
            SELECT what, count(*) OVER ()::int8 FROM (
                SELECT 1, 'schema ' || quote_ident(nspname) FROM pg_namespace
                    WHERE oid >= 16384 AND nspname !~ '^pg_(toast_)?temp' AND nspname <> '\(RestoreMarker.schema)'
                UNION ALL SELECT 2, 'extension ' || quote_ident(extname) FROM pg_extension WHERE oid >= 16384
                UNION ALL SELECT 3, 'relation ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND nspname !~ '^pg_(toast_)?temp'
                UNION ALL SELECT 4, 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384
                UNION ALL SELECT 5, 'type ' || oid::regtype FROM pg_type
                    WHERE oid >= 16384 AND typrelid = 0 AND typcategory <> 'A'
                UNION ALL SELECT 6, 'operator ' || oid::regoperator FROM pg_operator WHERE oid >= 16384
                UNION ALL SELECT 7, 'foreign server ' || quote_ident(srvname) FROM pg_foreign_server
                UNION ALL SELECT 8, 'publication ' || quote_ident(pubname) FROM pg_publication
                UNION ALL SELECT 9, 'event trigger ' || quote_ident(evtname) FROM pg_event_trigger
                UNION ALL SELECT 10, 'large object ' || oid FROM pg_largeobject_metadata
            ) AS x(rank, what) ORDER BY rank, what LIMIT \(Self.shown)
            """
        do throws(PostgresError) {
            let result = try await session.execute(PostgresStatement("", sql), deadline: Self.limit)
            var shown: [String] = []
            for row in 0..<result.rowCount { shown.append(try result.string(row, 0)) }
            return (shown, result.rowCount == 0 ? 0 : try result.int(0, 1))
        } catch {
            throw RecoveryError(error)
        }
    }

    /// Stops unless the database is empty.
    func requireEmpty(_ session: PostgresSession) async throws(RecoveryError) {
        let (shown, count) = try await contents(session)
        guard count > 0 else { return }
        let more = count > shown.count ? " and \(count - shown.count) more" : ""
        throw RecoveryError(
            .notEmpty,
            "database \(name) is not empty: it has \(shown.joined(separator: ", "))\(more); restore into a new one"
        )
    }
}
