// SPDX-License-Identifier: Apache-2.0
// Martlet: where the database is and the limits that every connection to it gets.

/// How to connect.
///
/// The connection string goes to libpq as it is, so `sslmode`, `sslrootcert`, several hosts,
/// `target_session_attrs` and `PG…` environment variables work; what it says wins over the defaults here.
public struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// The connection string. Bears the password: never log it.
    let conninfo: String
    /// `options` of the connection string, which are kept after ours.
    let extraOptions: String?
    let summary: String
    let hostCount: Int
    private let givenDatabase: String?

    /// Connects to this database of the server instead of the connection string's; default nil.
    public var database: String?
    /// The database that it connects to, by `database` or by the connection string; nil: that of the user's name.
    public var databaseName: String? { database ?? givenDatabase }
    /// Shown in `pg_stat_activity`; default `martlet`.
    public var applicationName = "martlet"
    /// Limit for making one connection, for each host; whole seconds, at least 2; default 5 s.
    public var connectTimeout: Duration = .seconds(5)
    /// Server-side limit for a statement; 0 for none; default 30 s.
    public var statementTimeout: Duration = .seconds(30)
    /// Server-side limit for waiting for a lock; 0 for none; default 10 s.
    public var lockTimeout: Duration = .seconds(10)
    /// Server-side limit for sitting idle in a transaction; 0 for none; default 30 s.
    public var idleInTransactionTimeout: Duration = .seconds(30)
    /// How much longer than `statementTimeout` a server may stay silent before its connection counts as dead; default 5 s.
    public var silenceMargin: Duration = .seconds(5)
    /// How long sent data may stay unacknowledged before the kernel gives the connection up; default 20 s.
    public var tcpUserTimeout: Duration = .seconds(20)
    /// Server parameters that every connection starts with, for example `jit` = `off`; values without spaces.
    public var serverSettings: [(name: String, value: String)] = []
    /// Whether the server shall speak the replication protocol.
    var isReplication = false

    /// Checks and keeps a `postgres://` URL or a `key=value` connection string.
    /// - Throws: `.configuration` with libpq's reason, without the parts that might bear a password.
    public init(url: String) throws(PostgresError) {
        let parsed = try ConnectionString.parse(url)
        conninfo = url
        extraOptions = parsed["options"]
        givenDatabase = parsed["dbname"]
        hostCount = (parsed["host"] ?? parsed["hostaddr"] ?? "").split(separator: ",").count
        let host = parsed["host"] ?? parsed["hostaddr"] ?? "local"
        // Several hosts without ports come as bare commas.
        let port = parsed["port"].flatMap { $0.contains(where: \.isNumber) ? ":\($0)" : nil } ?? ""
        let user = parsed["user"].map { "\($0)@" } ?? ""
        summary = "postgres://\(user)\(host)\(port)/\(parsed["dbname"] ?? "")"
    }

    /// The address without the password.
    public var description: String { summary }
    /// The address without the password.
    public var debugDescription: String { summary }
    /// Keeps the password out of `dump` and reflection.
    public var customMirror: Mirror { Mirror(self, children: ["address": summary]) }

    /// The longest that `connect` may take.
    var connectDeadline: Duration { connectTimeout * max(1, hostCount) + .seconds(2) }

    /// How long a call may go without any answer before its connection counts as dead.
    var silenceLimit: Duration? {
        statementTimeout > .zero ? statementTimeout + silenceMargin : nil
    }

    /// Keywords and values for libpq; later ones win.
    var parameters: [(String, String)] {
        var options = "-c statement_timeout=\(statementTimeout.wholeMilliseconds)"
        options += " -c lock_timeout=\(lockTimeout.wholeMilliseconds)"
        options += " -c idle_in_transaction_session_timeout=\(idleInTransactionTimeout.wholeMilliseconds)"
        for setting in serverSettings { options += " -c \(setting.name)=\(setting.value)" }
        if let extraOptions { options += " " + extraOptions }
        return [
            ("connect_timeout", String(max(2, (connectTimeout.wholeMilliseconds + 999) / 1_000))),
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(tcpUserTimeout.wholeMilliseconds)),
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("dbname", conninfo),
            ("options", options),
        ] + (isReplication ? [("replication", "true")] : [])
            // libpq reads the first `dbname` as the connection string, and a later one as a bare name that wins.
            + (database.map { [("dbname", $0)] } ?? [])
    }
}
