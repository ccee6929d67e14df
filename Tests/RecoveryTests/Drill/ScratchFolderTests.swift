// SPDX-License-Identifier: Apache-2.0
// Martlet: folders of drills that were killed are swept with what still runs in them; those of living drills are not.

import Glibc
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Scratch folders",
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct ScratchFolderTests {
    @Test("A folder is locked as long as its drill lives; killed, it is swept with its server")
    func sweep() async throws {
        let folder = try RecoveryFolder()
        let place = try folder.make("drills")
        let command = try await ScratchCommand.prepare(programs: DrillScene.programs, user: "postgres")
        let living = try ScratchFolder(in: place, user: command.user)
        #expect(try ScratchFolder.sweep(place) == [])

        // Another process holds the lock of another folder, in which a server runs.
        let other = "\(place)/\(ScratchFolder.prefix)other"
        mkdir(other, 0o700)
        if let user = command.user { chown(other, user.id, user.group) }
        try RecoveryFolder.write([], to: "\(other)/lock")
        let holder = try await ClusterProcess.launch(
            "holder",
            ["/usr/bin/flock", "--no-fork", "\(other)/lock", "/bin/sleep", "600"],
            environment: [:],
            log: "\(folder.path)/holder.log"
        )
        let data = "\(other)/data"
        try await command.run("initdb", ["-D", data, "--no-sync", "-A", "trust"], deadline: patience).perform()
        let server = try RecoveryServer(folder, data: data)
        try await server.start()
        #expect(Stragglers.processes(below: other).count > 3)
        #expect(try ScratchFolder.sweep(place) == [])

        await holder.kill()
        #expect(try ScratchFolder.sweep(place) == [other])
        try await eventually("the server is gone") { server.end != nil }
        #expect(Stragglers.processes(below: other) == [])
        #expect(RecoveryFolder.names(in: place).count == 1)
        try living.remove()
        #expect(RecoveryFolder.names(in: place) == [])
    }

    @Test("A folder whose path is too long for a socket is refused and not left")
    func longPath() throws {
        let folder = try RecoveryFolder()
        let place = try folder.make(String(repeating: "x", count: 90))
        #expect(throws: RecoveryError.self) { try ScratchFolder(in: place, user: nil) }
        #expect(RecoveryFolder.names(in: place) == [])
    }

    @Test("A control file's text is read, and what lacks a number is damaged")
    func control() throws {
        let text = """
            Latest checkpoint's TimeLineID:       3
            max_connections setting:              100
            max_worker_processes setting:         8
            max_wal_senders setting:              10
            max_prepared_xacts setting:           0
            max_locks_per_xact setting:           64
            Bytes per WAL segment:                16777216
            Data page checksum version:           1
            """
        let facts = try ControlFacts(text)
        #expect(facts.segmentSize == 16 << 20 && facts.hasChecksums && facts.timeline == 3)
        #expect(facts.limits["max_connections"] == 100)
        #expect(throws: RecoveryError.self) { try ControlFacts("Bytes per WAL segment: many") }
    }

    @Test("pg_amcheck's report becomes one finding for each relation")
    func amcheck() {
        let output = AmcheckOutput()
        output.append(
            Array(
                """
                heap table "a.public.job", block 0, offset 1:
                    xmin 4 precedes relation freeze threshold
                heap table "a.public.job", block 0, offset 2:
                    another fault
                btree index "a.public.job_pkey":
                    ERROR:  item order invariant violated for index "job_pkey"
                    DETAIL:  Lower index tid=(1,2).

                """.utf8
            )
        )
        let findings = output.findings
        #expect(findings.map(\.name) == ["a.public.job", "a.public.job_pkey"])
        #expect(findings.first?.count == 2)
        #expect(findings.last?.examples.count == 2)
    }
}
