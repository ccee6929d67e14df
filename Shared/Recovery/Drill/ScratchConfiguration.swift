// SPDX-License-Identifier: Apache-2.0
// Martlet: the configuration of a scratch server: all its own, and harmless.

/// The files with which a restored cluster is opened; nothing that it brought along is read.
///
/// The server is told to read this configuration and not the restored `postgresql.conf` (nor what that includes), and the
/// restored `postgresql.auto.conf`, which it would read in any case, is emptied. What databases and roles have
/// set for themselves is overruled by each of our connections.
struct ScratchConfiguration: Sendable {
    /// The settings that must be as large as the primary's.
    var limits: [String: Int]
    /// The command that fetches the log; nil: the cluster needs none.
    var restoreCommand: String?
    var sharedBuffers = "128MB"
    /// Libraries that the content needs, for example for its own access methods; default none.
    var libraries: [String] = []

    /// `postgresql.conf`.
    func text(sockets: String, hba: String, ident: String) -> String {
        var settings: [(String, String)] = [
            ("listen_addresses", ""), ("unix_socket_directories", sockets), ("unix_socket_permissions", "0700"),
            ("port", "5432"), ("hba_file", hba), ("ident_file", ident), ("ssl", "off"),
            // Neither stores, nor other servers, nor programs are reached.
            ("archive_mode", "off"), ("archive_command", ""), ("archive_cleanup_command", ""),
            ("recovery_end_command", ""), ("restore_command", restoreCommand ?? ""), ("primary_conninfo", ""),
            ("primary_slot_name", ""), ("synchronous_standby_names", ""), ("max_logical_replication_workers", "0"),
            ("shared_preload_libraries", libraries.joined(separator: ",")), ("session_preload_libraries", ""),
            ("local_preload_libraries", ""), ("session_replication_role", "replica"),
            // What is looked at does not change meanwhile.
            ("autovacuum", "off"), ("hot_standby", "off"), ("recovery_init_sync_method", "syncfs"),
            ("recovery_target_timeline", "latest"),
            ("recovery_target_action", "promote"), ("default_transaction_read_only", "off"),
            ("shared_buffers", sharedBuffers), ("jit", "off"),
            ("log_destination", "stderr"), ("logging_collector", "off"), ("lc_messages", "C"),
            ("log_line_prefix", ""), ("log_min_messages", "warning"), ("log_statement", "none"),
            ("timezone", "UTC"), ("log_timezone", "UTC"),
        ]
        for (name, value) in limits.sorted(by: { $0.key < $1.key }) {
            // Transactions that were prepared under a setting of later than the control file need room.
            settings.append((name, String(name == "max_prepared_transactions" ? max(value, 64) : value)))
        }
        return settings.map { "\($0) = '\(Self.escaped($1))'\n" }.joined()
    }

    /// Who may enter the socket's folder may connect; nobody else reaches it.
    static let hba = "local all all trust\n"

    private static func escaped(_ value: String) -> String {
        value.map { $0 == "'" || $0 == "\\" ? "\($0)\($0)" : String($0) }.joined()
    }
}
