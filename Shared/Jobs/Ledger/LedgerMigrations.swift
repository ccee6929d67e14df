// SPDX-License-Identifier: Apache-2.0
// The ledger's numbered migrations, built into the program.

public import Postgres

/// The ledger's migrations.
public enum LedgerMigrations {
    /// What is wrong with a database that lacks some of them, in one line for people; nil when it lacks none.
    public static func complaint(of pending: [Migration]) -> String? {
        pending.first.map { "the schema lacks migration \($0.number) \($0.name); run `martlet-api migrate`" }
    }

    /// All of them, in order.
    ///
    /// SwiftPM names an embedded file after itself, with an underscore in place of a leading digit.
    public static let all: [Migration] = [
        Migration(number: 1, name: "ledger", sql: String(decoding: PackageResources._001_ledger_sql, as: UTF8.self)),
        Migration(
            number: 2,
            name: "partition_locks",
            sql: String(decoding: PackageResources._002_partition_locks_sql, as: UTF8.self)
        ),
        Migration(
            number: 3,
            name: "finish_times",
            sql: String(decoding: PackageResources._003_finish_times_sql, as: UTF8.self)
        ),
        Migration(number: 4, name: "health", sql: String(decoding: PackageResources._004_health_sql, as: UTF8.self)),
        Migration(
            number: 5,
            name: "subscriptions",
            sql: String(decoding: PackageResources._005_subscriptions_sql, as: UTF8.self)
        ),
        Migration(
            number: 6,
            name: "commands",
            sql: String(decoding: PackageResources._006_commands_sql, as: UTF8.self)
        ),
        Migration(
            number: 7,
            name: "backups",
            sql: String(decoding: PackageResources._007_backups_sql, as: UTF8.self)
        ),
    ]
}
