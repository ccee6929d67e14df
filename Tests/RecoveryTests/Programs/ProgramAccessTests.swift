// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of how a program learns where to connect, and of who does not.
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("A program's access to the database") struct ProgramAccessTests {
    private func access(_ url: String, own: [String: String] = [:], database: String? = nil) throws -> ProgramAccess {
        var configuration = try PostgresConfiguration(url: url)
        configuration.database = database
        return try ProgramAccess(configuration, own: own)
    }

    private func value(_ name: String, _ access: ProgramAccess) -> String? {
        access.environment.first { $0.name == name }?.value
    }

    @Test func thePasswordIsInOneFileOnly() throws {
        let quoted = "pa:ss\\\\wo rd\\'\""
        let access = try access("host=db.example user=ann dbname=jobs sslmode=require password='\(quoted)'")
        let service = try #require(value("PGSERVICEFILE", access))
        let password = try #require(value("PGPASSFILE", access))
        #expect(try String(contentsOfFile: password, encoding: .utf8) == "*:*:*:*:pa\\:ss\\\\wo rd'\"\n")
        let lines = try String(contentsOfFile: service, encoding: .utf8)
        #expect(
            lines == """
                [martlet]
                application_name=martlet
                connect_timeout=5
                dbname=jobs
                host=db.example
                sslmode=require
                user=ann

                """
        )
        #expect(!access.environment.contains { $0.value.contains("wo rd") })
        #expect(!access.connectionString.contains("wo rd"))
        for file in [service, password] {
            var info = stat()
            #expect(stat(file, &info) == 0)
            #expect(info.st_mode & 0o777 == 0o600)
        }
        var folder = stat()
        #expect(stat(service.replacingOccurrences(of: "/service", with: ""), &folder) == 0)
        #expect(folder.st_mode & 0o777 == 0o700)
    }

    @Test func filesGoWithTheAccess() throws {
        var access: ProgramAccess? = try access("host=a password=b")
        let file = try #require(access.flatMap { value("PGPASSFILE", $0) })
        #expect(FileManager.default.fileExists(atPath: file))
        access = nil
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func onlyWhatTheProgramNeedsIsHandedOn() throws {
        let own = [
            "PGPASSWORD": "hidden", "PGSERVICE": "x", "PGSSLROOTCERT": "/ca.pem", "AWS_SECRET_ACCESS_KEY": "k",
            "HOME": "/home/a", "PATH": "/bin", "DATABASE_URL": "postgres://a:b@c/d",
        ]
        let access = try access("host=a", own: own)
        #expect(
            access.environment.map(\.name)
                == ["HOME", "LC_ALL", "PATH", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLROOTCERT"]
        )
        let file = try #require(value("PGPASSFILE", access))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "*:*:*:*:hidden\n")
        let none = try self.access("host=a", own: ["PGPASSFILE": "/home/a/.pgpass"])
        #expect(value("PGPASSFILE", none) == "/home/a/.pgpass")
    }

    @Test func anotherDatabaseIsTakenOver() throws {
        let access = try access("postgres://ann@db/jobs", database: "it's a \\ name")
        #expect(access.connectionString == "service=martlet dbname='it\\'s a \\\\ name'")
    }

    @Test(arguments: [
        ("service=other", "'service' in the connection string is not supported: name host and user"),
        ("host=a password='x\ny'", "the password holds a line break, which PostgreSQL's programs can't be told"),
        (
            "host=a user='x '",
            "'user' of the connection string ends in a space or holds a line break, which PostgreSQL's programs can't be told"
        ),
    ])
    func whatFilesCannotSayIsRefused(_ url: String, _ message: String) throws {
        let error = #expect(throws: RecoveryError.self) { try access(url) }
        #expect(error?.message == message)
    }

    @Test(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
    func realProgramsConnectWithTheirFiles() async throws {
        try await TestDatabase.with("access") { database in
            let configuration = try PostgresConfiguration(url: database.url)
            let access = try ProgramAccess(configuration)
            let dump = try await PostgresPrograms().find("pg_dump", atLeast: ProgramVersion(major: 15))
            let text = try await ProgramRun(
                dump.path,
                ["--schema-only"],
                environment: access.environment,
                deadline: patience
            ).text(limit: 1 << 20)
            #expect(text.contains("PostgreSQL database dump complete"))
        }
    }
}
