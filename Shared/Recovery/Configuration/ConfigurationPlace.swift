// SPDX-License-Identifier: Apache-2.0
// Martlet: where a server's configuration is.
internal import Postgres

/// What a server says of the places of its files.
struct ConfigurationPlace: Hashable, Sendable {
    /// The data folder; nil when the role may not see it.
    var data: String?
    /// Paths of the files.
    var files: [ServerConfiguration.Kind: String] = [:]
    /// Whether settings come from outside of the data folder, by includes; false where the role may not look.
    var includesOutside = false
    /// When the server was started, in seconds since 1970.
    var started: Int64 = 0

    /// Those that lie outside of the data folder, or include what does.
    var outside: [ServerConfiguration.Kind: String] {
        guard let data else { return [:] }
        return files.filter { !$0.value.hasPrefix(data + "/") || $0.key == .settings && includesOutside }
    }

    private static let look = PostgresStatement(
        "configuration_place",
        """
        SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory'),
            (SELECT setting FROM pg_settings WHERE name = 'config_file'),
            (SELECT setting FROM pg_settings WHERE name = 'hba_file'),
            (SELECT setting FROM pg_settings WHERE name = 'ident_file'),
            extract(epoch FROM pg_postmaster_start_time())::int8,
            has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')
        """
    )
    private static let inclusion = PostgresStatement(
        "configuration_inclusion",
        """
        SELECT EXISTS (
            SELECT FROM pg_file_settings WHERE NOT starts_with(sourcefile, current_setting('data_directory') || '/')
        )
        """
    )

    /// Asks.
    static func ask(_ session: PostgresSession) async throws(RecoveryError) -> ConfigurationPlace {
        do throws(PostgresError) {
            let row = try await session.execute(look, deadline: .seconds(20))
            var place = ConfigurationPlace()
            place.data = try row.optionalString(0, 0).flatMap { $0.isEmpty ? nil : $0 }
            for (column, kind) in ServerConfiguration.Kind.allCases.enumerated() {
                guard let path = try row.optionalString(0, column + 1), path.hasPrefix("/") else { continue }
                place.files[kind] = path
            }
            place.started = try row.int64(0, 4)
            if place.data != nil, try row.bool(0, 5) {
                place.includesOutside = try await session.execute(inclusion, deadline: .seconds(20)).bool(0, 0)
            }
            return place
        } catch {
            throw RecoveryError(error)
        }
    }
}
