// SPDX-License-Identifier: Apache-2.0
// Martlet: a database, its backup in memory, and databases restored from it.
import Logging
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

/// Makes backups and restores of real databases.
struct LogicalScene {
    let store = ShelfStore()
    let source: TestDatabase
    let logger = Logger(label: "logical")

    init(_ source: TestDatabase) { self.source = source }

    /// Options that read small tables in several parts.
    static var options: LogicalOptions {
        var options = LogicalOptions()
        options.sessions = 3
        options.partSize = .mebibytes(1)
        options.deadline = .seconds(300)
        return options
    }

    func backup(
        _ options: LogicalOptions = Self.options,
        url: String? = nil,
        pace: BytePace = BytePace(),
        progress: BackupProgress = BackupProgress()
    ) async throws -> CatalogueEntry {
        var vault = VaultOptions()
        vault.isEncrypted = false
        vault.compression = .lz4
        let configuration = try PostgresConfiguration(url: url ?? source.url)
        return try await LogicalBackup(configuration, options: options, logger: logger).run {
            [store, vault] system throws(RecoveryError) in
            try await BackupWriter.begin(
                BackupID(began: .now(), method: .logical),
                of: system,
                in: store,
                keys: .plain,
                options: vault,
                pace: pace,
                progress: progress
            )
        }
    }

    func reader(_ entry: CatalogueEntry, pace: BytePace = BytePace()) async throws -> BackupReader {
        try await BackupReader.open(entry, in: store, keys: .plain, pace: pace)
    }

    /// Restores into a database of this name, and drops it afterwards.
    func restored<Value>(
        _ entry: CatalogueEntry,
        _ change: (inout LogicalRestoreOptions) -> Void = { _ in },
        _ body: (TestDatabase, LogicalRestoreReport) async throws -> Value
    ) async throws -> Value {
        let target = source.sibling(named: "restored")
        do {
            let report = try await restore(entry, into: target, change)
            let value = try await body(target, report)
            try await target.drop()
            return value
        } catch {
            try? await target.drop()
            throw error
        }
    }

    @discardableResult
    func restore(
        _ entry: CatalogueEntry,
        into target: TestDatabase,
        pace: BytePace = BytePace(),
        _ change: (inout LogicalRestoreOptions) -> Void = { _ in }
    ) async throws -> LogicalRestoreReport {
        var options = LogicalRestoreOptions()
        options.creates = true
        options.deadline = .seconds(300)
        change(&options)
        let configuration = try PostgresConfiguration(url: target.url)
        return try await LogicalRestore(configuration, options: options, logger: logger)
            .run(from: try await reader(entry, pace: pace))
    }

    /// Runs a script in a database.
    @discardableResult
    static func run(_ sql: String, in database: TestDatabase) async throws -> [PostgresResult] {
        let loop = EventLoop(name: "scene")
        defer { loop.shutdown() }
        var configuration = try database.configuration
        configuration.statementTimeout = .seconds(120)
        let session = try await PostgresSession.connect(configuration, on: loop)
        do {
            let results = try await session.simpleQuery(sql)
            await session.close()
            return results
        } catch {
            await session.close()
            throw error
        }
    }

    /// One value as text.
    static func text(_ sql: String, in database: TestDatabase) async throws -> String {
        try #require(try await run(sql, in: database).last).string(0, 0)
    }

    /// The whole database as `pg_dump` writes it, without what differs by chance: rows of a table are sorted.
    static func dump(_ database: TestDatabase) async throws -> [String] {
        let access = try ProgramAccess(try PostgresConfiguration(url: database.url))
        let program = try await PostgresPrograms().find("pg_dump", atLeast: ProgramVersion(major: 15))
        let text = try await ProgramRun(program.path, [], environment: access.environment, deadline: patience)
            .text(limit: 64 << 20)
        var lines: [String] = []
        var rows: [String]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("\\restrict") || line.hasPrefix("\\unrestrict") { continue }
            if line == "\\.", let block = rows {
                lines += block.sorted() + [line]
                rows = nil
            } else if rows != nil {
                rows?.append(line)
            } else {
                lines.append(line)
                if line.hasPrefix("COPY "), line.hasSuffix("FROM stdin;") { rows = [] }
            }
        }
        return lines
    }

    /// Names of the lines that only one of two dumps has.
    static func differences(_ left: [String], _ right: [String]) -> [String] {
        left == right ? [] : left.difference(from: right).prefix(20).map { "\($0)" } + ["…"]
    }
}
