// SPDX-License-Identifier: Apache-2.0
// Martlet: a PostgreSQL that has one extension more, without touching the installed one.

import Glibc
import TestSupport

/// PostgreSQL finds its files from where its program lies: a copy of that, and links to all else.
struct ExtendedPostgres {
    private static let version = String(RecoveryServer.programs.split(separator: "/").dropLast().last ?? "")
    private static let installed = "/usr/lib/postgresql/\(version)"
    private static let shared = "/usr/share/postgresql/\(version)"

    /// `postgres`.
    let program: String

    /// Makes it in a folder; the extension is called `tiny`, and has two tables and a sequence whose content is the user's.
    init(_ folder: RecoveryFolder) throws {
        let (home, share) = (
            "\(folder.path)/lib/postgresql/\(Self.version)", "\(folder.path)/share/postgresql/\(Self.version)"
        )
        program = "\(home)/bin/postgres"
        _ = try TestRedis.run("/bin/mkdir", ["-p", "\(home)/bin", "\(share)/extension"])
        _ = try TestRedis.run("/bin/cp", ["\(Self.installed)/bin/postgres", program])
        try Self.link("\(Self.installed)/lib", "\(home)/lib")
        for name in RecoveryFolder.names(in: Self.shared) where name != "extension" {
            try Self.link("\(Self.shared)/\(name)", "\(share)/\(name)")
        }
        for name in RecoveryFolder.names(in: "\(Self.shared)/extension") {
            try Self.link("\(Self.shared)/extension/\(name)", "\(share)/extension/\(name)")
        }
        let control = "default_version = '1'\nrelocatable = false\nschema = 'public'\n"
        try RecoveryFolder.write(Array(control.utf8), to: "\(share)/extension/tiny.control")
        try RecoveryFolder.write(Array(Self.script.utf8), to: "\(share)/extension/tiny--1.sql")
    }

    private static let script = """
        CREATE TABLE tiny_setting (name text PRIMARY KEY, value text, is_own boolean NOT NULL DEFAULT true);
        INSERT INTO tiny_setting VALUES ('version', '1', false);
        CREATE TABLE tiny_list (i int PRIMARY KEY);
        CREATE SEQUENCE tiny_number;
        SELECT pg_extension_config_dump('tiny_setting', 'WHERE is_own');
        SELECT pg_extension_config_dump('tiny_list', '');
        SELECT pg_extension_config_dump('tiny_number', '');

        """

    private static func link(_ target: String, _ path: String) throws {
        guard symlink(target, path) == 0 else { throw ClusterFailure("can't link \(path)") }
    }
}
