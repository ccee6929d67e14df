// SPDX-License-Identifier: Apache-2.0
// Martlet: the looks that a drill takes at a restored server.
internal import Platform
internal import Postgres
internal import Synchronization

extension DrillRun {
    /// Looks at indexes, rules and the witness; each look is made although another found something.
    func look(_ server: ScratchServer, _ witness: Witness?) async throws(RecoveryError) {
        try await timed(.amcheck) { [self] () throws(RecoveryError) in try await amcheck(server) }
        try await timed(.invariants) { [self] () throws(RecoveryError) in
            let limit = settings.limit(.invariants)
            let outcome = try await server.withSession(settings.database, statementLimit: limit) {
                session throws(RecoveryError) in
                try await InvariantLook(session: session, end: .now + limit).run()
            }
            change { report in
                report.looks[.invariants] = outcome.rules
                report.findings += outcome.findings
                report.notes += outcome.notes
            }
        }
        guard let witness else {
            // A logical restore has compared all rows already.
            if entry.method == .physical { note("the backup has no witness") }
            return
        }
        try await timed(.witness) { [self] () throws(RecoveryError) in try await compare(server, witness) }
    }

    private func compare(_ server: ScratchServer, _ witness: Witness) async throws(RecoveryError) {
        let limit = settings.limit(.witness)
        let (position, lastCommit) = { (report: DrillReport) in (report.position, report.lastCommit) }(report)
        let outcome = try await server.withSession(witness.database, statementLimit: limit) {
            session throws(RecoveryError) in
            try await WitnessComparison(session: session, end: .now + limit)
                .run(witness, position: position, until: lastCommit ?? .now())
        }
        change { report in
            report.looks[.witness] = outcome.tables
            report.findings += outcome.findings
            report.notes += outcome.notes
        }
    }

    private static let available = PostgresStatement(
        "amcheck_available",
        """
        SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck'),
            (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'm', 't', 'i', 'S'))
        """
    )

    private func amcheck(_ server: ScratchServer) async throws(RecoveryError) {
        let limit = settings.limit(.amcheck)
        let (isAvailable, relations) = try await server.withSession(settings.database, statementLimit: .seconds(60)) {
            session throws(RecoveryError) in
            do throws(PostgresError) {
                let row = try await session.execute(Self.available)
                return (try row.bool(0, 0), try row.int(0, 1))
            } catch {
                throw RecoveryError(error)
            }
        }
        guard isAvailable else {
            return note("the extension amcheck is not installed here: indexes were not looked at")
        }
        var arguments = [
            "--all", "--install-missing", "-h", server.folder.sockets, "-p", "5432", "-U", server.role, "-w", "-j", "2",
        ]
        if settings.looksForMissingEntries { arguments.append("--heapallindexed") }
        let options =
            "-c session_preload_libraries= -c local_preload_libraries= -c statement_timeout=0 -c default_transaction_read_only=off"
        let run = server.command.run("pg_amcheck", arguments, variables: [("PGOPTIONS", options)], deadline: limit)
        let output = AmcheckOutput()
        do throws(RecoveryError) {
            try await run.perform { bytes throws(RecoveryError) in output.append(bytes) }
        } catch {
            guard error.code == .program else { throw error }
            let findings = output.findings
            find(findings.isEmpty ? [DrillFinding(.amcheck, "failed", error.message)] : findings)
        }
        change { $0.looks[.amcheck] = relations }
    }

    /// Verifies the checksums of all pages of a server that was stopped in order.
    func verifyChecksums(_ folder: ScratchFolder, _ command: ScratchCommand) async throws(RecoveryError) {
        let run = command.run("pg_checksums", ["--check", "-D", folder.data], deadline: settings.limit(.checksums))
        do throws(RecoveryError) { try await run.perform() } catch {
            guard error.code == .program else { throw error }
            find([DrillFinding(.checksums, "pages", error.message)])
        }
    }
}
