// SPDX-License-Identifier: Apache-2.0
// Martlet: logical backups and restores where the server itself dies, is full, or has extensions with tables of their own.

import Glibc
import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Logical backups of servers in trouble",
    .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"),
    .enabled(if: RecoveryServer.obstacle == nil, "\(RecoveryServer.obstacle ?? "")")
)
struct LogicalServerTests {
    private static let rows = """
        CREATE TABLE a (id int PRIMARY KEY, body text);
        INSERT INTO a SELECT i, md5(i::text) || md5((-i)::text) FROM generate_series(1, 60000) i;
        """

    private func hasEntry(_ scene: LogicalScene) -> Bool { scene.store.names.contains { $0.hasSuffix("/entry") } }

    private func restore(
        _ entry: CatalogueEntry,
        of scene: LogicalScene,
        into server: RecoveryServer,
        _ name: String,
        isFresh: Bool = false
    ) async throws {
        var options = LogicalRestoreOptions()
        options.creates = true
        options.isFresh = isFresh
        options.deadline = .seconds(240)
        var target = try server.configuration
        target.database = name
        _ = try await LogicalRestore(target, options: options, logger: scene.logger)
            .run(from: try await scene.reader(entry))
    }

    @Test func aServerThatIsKilledMakesNoBackup() async throws {
        try await TestDatabase.with("unused") { database in
            let scene = LogicalScene(database)
            let server = try await RecoveryServer.make(in: try RecoveryFolder())
            try await server.start()
            try await server.rows(Self.rows)
            let (pace, progress) = (BytePace(bytesPerSecond: 200_000), BackupProgress())
            let task = Task { try await scene.backup(url: server.url, pace: pace, progress: progress) }
            try await eventually("rows are copied") { progress.figures.bytesRead > 400_000 }
            await server.kill()
            pace.bytesPerSecond = nil
            let error = await #expect(throws: RecoveryError.self) { try await task.value }
            #expect(error?.code == .database, "\(String(describing: error))")
            #expect(error?.message.isEmpty == false)
            #expect(!hasEntry(scene))
            // The server comes back, and the next backup is whole.
            try await server.start()
            _ = try await scene.backup(url: server.url)
            #expect(hasEntry(scene))
            await server.kill()
        }
    }

    @Test(.enabled(if: TinyDisk.obstacle == nil, "\(TinyDisk.obstacle ?? "")"))
    func aFullDiskIsNamedAndWhatItLeftIsNotTakenForARestore() async throws {
        try await TestDatabase.with("full") { database in
            // More than the disk has room for beside the server itself.
            try await LogicalScene.run(Self.rows.replacing("60000", with: "250000"), in: database)
            let scene = LogicalScene(database)
            let entry = try await scene.backup()
            let folder = try RecoveryFolder()
            let made = try await RecoveryServer.make(in: folder)
            let disk = try TinyDisk(try folder.make("disk"), megabytes: 48)
            let server = try RecoveryServer(folder, data: try await disk.move(made))
            try await server.start()
            let full = await #expect(throws: RecoveryError.self) {
                try await restore(entry, of: scene, into: server, "restored")
            }
            #expect(full?.code == .disk, "\(String(describing: full))")
            #expect(full?.description.contains("the server's disk is full") == true, "\(String(describing: full))")
            // What is there is known as half of that backup, and refused.
            let refused = await #expect(throws: RecoveryError.self) {
                try await restore(entry, of: scene, into: server, "restored")
            }
            #expect(refused?.code == .notEmpty || refused?.code == .disk, "\(String(describing: refused))")
            try disk.grow(megabytes: 400)
            let named = await #expect(throws: RecoveryError.self) {
                try await restore(entry, of: scene, into: server, "restored")
            }
            #expect(named?.code == .notEmpty && named?.message.contains("\(entry.id)") == true)
            try await restore(entry, of: scene, into: server, "restored", isFresh: true)
            await server.kill()
        }
    }

    @Test func tablesOfExtensionsComeBackWithWhatUsersPutIntoThem() async throws {
        try await TestDatabase.with("unused") { database in
            let scene = LogicalScene(database)
            let folder = try RecoveryFolder()
            let made = try await RecoveryServer.make(in: folder)
            let extended = try ExtendedPostgres(folder)
            let server = try RecoveryServer(folder, data: made.data, program: extended.program)
            try await server.start()
            try await server.rows(
                """
                CREATE EXTENSION tiny;
                INSERT INTO tiny_setting VALUES ('colour', 'green'), ('size', '5');
                INSERT INTO tiny_list SELECT i FROM generate_series(1, 20000) i;
                SELECT setval('tiny_number', 41);
                CREATE TABLE mine AS SELECT count(*) FROM tiny_setting;
                """
            )
            let entry = try await scene.backup(url: server.url)
            try await restore(entry, of: scene, into: server, "restored")
            let loop = EventLoop(name: "restored")
            defer { loop.shutdown() }
            var configuration = try server.configuration
            configuration.database = "restored"
            let session = try await PostgresSession.connect(configuration, on: loop)
            let found = try await session.simpleQuery(
                """
                SELECT (SELECT string_agg(name || '=' || value || is_own, ' ' ORDER BY name) FROM tiny_setting)
                    || ' ' || (SELECT count(*) FROM tiny_list) || ' ' || nextval('tiny_number')
                    || ' ' || (SELECT extversion FROM pg_extension WHERE extname = 'tiny') || ' ' || (SELECT count FROM mine)
                """
            )
            // The row that the extension itself makes is made once.
            #expect(try found.last?.string(0, 0) == "colour=greentrue size=5true version=1false 20000 42 1 3")
            await session.close()
            await server.kill()
        }
    }
}
