// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of finding PostgreSQL's programs.
import TestSupport
import Testing

@testable import Recovery

@Suite("Finding PostgreSQL's programs") struct PostgresProgramsTests {
    private func script(_ answer: String) throws -> ProgramScript {
        try ProgramScript("[ \"$1\" = --version ] && echo '\(answer)'", name: "pg_dump")
    }

    @Test(
        arguments: [
            ("pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", 15), ("pg_dump (PostgreSQL) 17beta1", 17),
            ("pg_dumpall (PostgreSQL) 18.1", 18), ("pg_dump 9", nil), ("", nil),
        ] as [(String, Int?)]
    )
    func versions(_ answer: String, _ major: Int?) {
        #expect(ProgramVersion(answer: answer)?.major == major)
    }

    @Test func theOldestThatIsNewEnoughIsTaken() async throws {
        let (old, fit, new) = (
            try script("pg_dump (PostgreSQL) 14.9"), try script("pg_dump (PostgreSQL) 16.2"),
            try script("pg_dump (PostgreSQL) 17.1")
        )
        let path = [new, old, fit].map(\.place).joined(separator: ":")
        let programs = PostgresPrograms(folder: nil, path: path, root: "/nowhere")
        let found = try await programs.find("pg_dump", atLeast: ProgramVersion(server: 160_004))
        #expect(found.path == fit.path)
        #expect(found.version == ProgramVersion(major: 16))
        let error = await #expect(throws: RecoveryError.self) {
            try await programs.find("pg_dump", atLeast: ProgramVersion(major: 18))
        }
        #expect(error?.code == .program)
        #expect(error?.message.contains("pg_dump of version 18 or newer is needed") == true)
        #expect(error?.message.contains("\(new.path) of version 17") == true)
    }

    @Test func aFolderThatWasSetIsTheOnlyOne() async throws {
        let old = try script("pg_dump (PostgreSQL) 14.9")
        let programs = PostgresPrograms(folder: old.place)
        let found = try await programs.find("pg_dump", atLeast: ProgramVersion(major: 14))
        #expect(found.path == old.path)
        let error = await #expect(throws: RecoveryError.self) {
            try await programs.find("pg_restore", atLeast: ProgramVersion(major: 14))
        }
        #expect(error?.message == "there is no pg_restore in \(old.place)")
    }
}
