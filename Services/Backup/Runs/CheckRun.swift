// SPDX-License-Identifier: Apache-2.0
// Martlet: tries everything that a backup needs, before it is needed.

internal import ObjectStore
internal import Platform
internal import Postgres
internal import Recovery
internal import Web

/// Tries the stores, the keys and the database.
struct CheckRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Shows all findings.
    /// - Throws: ``CheckFailure`` when one is a problem.
    func runAndShow() async throws {
        let findings = await run()
        show(findings)
        let problems = findings.count { $0.grade == .problem }
        guard problems == 0 else { throw CheckFailure(count: problems) }
    }

    /// Tries everything; each part says by itself what fails.
    func run() async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        for copy in context.store.copies {
            findings.append(await check(copy))
            if let bucket = copy as? S3Store { findings += await lifecycle(bucket) }
        }
        findings.append(await keys())
        let files = [
            context.settings.place.keyFile.map { KeyFileCheck(file: $0) },
            context.settings.export.signingFile.map { KeyFileCheck(file: $0, subject: "signing key file") },
        ]
        findings += files.compactMap { $0?.finding }
        return findings + (await database())
    }

    /// Writes an object, reads it, is refused to write it again, and removes it.
    private func check(_ store: any ObjectStore) async -> CheckFinding {
        let subject = store.place
        guard let key = ObjectKey("martlet-check-\(BootID())") else {
            return CheckFinding(subject: subject, grade: .problem, found: "no name for a trial object")
        }
        let bytes = Array("martlet".utf8)
        do throws(ObjectStoreError) {
            try await store.put(bytes, at: key, when: .absent)
            let read = try await store.get(key, limit: 1_024)
            var isKept = false
            do throws(ObjectStoreError) { try await store.put([], at: key, when: .absent) } catch {
                guard error.code == .exists else { throw error }
                isKept = true
            }
            try await store.remove([key])
            let left = try await store.info(key)
            guard read == bytes, isKept, left == nil else {
                let fault = read != bytes ? "gives other bytes" : isKept ? "doesn't remove" : "overwrites what is there"
                return CheckFinding(
                    subject: subject,
                    grade: .problem,
                    found: fault,
                    advice: "use a store that honours If-None-Match; one with object lock needs versions"
                )
            }
            return CheckFinding(subject: subject, grade: .good, found: "written, read, removed")
        } catch {
            _ = try? await store.remove([key])
            return CheckFinding(
                subject: subject,
                grade: .problem,
                found: error.message,
                advice: "the store must allow to write, read, list and remove"
            )
        }
    }

    /// Asks what the bucket does by itself; some stores don't say.
    private func lifecycle(_ bucket: S3Store) async -> [CheckFinding] {
        do throws(ObjectStoreError) {
            let lifecycle = try await bucket.lifecycle()
            return LifecycleCheck(lifecycle: lifecycle, prefix: bucket.prefixInBucket).findings(bucket.place)
        } catch {
            return [
                CheckFinding(
                    subject: bucket.place,
                    grade: .attention,
                    found: "its lifecycle is not known: \(error.message)",
                    advice:
                        "allow s3:GetLifecycleConfiguration, or look yourself that no rule removes backups"
                )
            ]
        }
    }

    /// Seals and opens something, and looks whether the newest backup opens.
    private func keys() async -> CheckFinding {
        guard context.settings.place.isEncrypted else {
            return CheckFinding(
                subject: "keys",
                grade: .attention,
                found: "backups are not encrypted",
                advice: "`martlet-backup keys generate ID` makes a key for MARTLET_BACKUP_KEYS_FILE"
            )
        }
        do throws(RecoveryError) {
            if let service = context.keys.service {
                let trial = Array("martlet check".utf8)
                let sealed = try await service.encrypt(trial, context: ["martlet-owner": "check"])
                guard try await service.decrypt(sealed, context: ["martlet-owner": "check"]) == trial else {
                    throw RecoveryError(.wrongKey, "\(service.name) gives other bytes back")
                }
            }
            for listing in try await ListRun(context).listings() {
                guard let entry = listing.backups.last?.entry else { continue }
                if case .unverified(let why) = entry.standing {
                    return CheckFinding(
                        subject: "keys",
                        grade: .problem,
                        found: "\(entry.entry.id) does not open: \(why)",
                        advice: "add the old key to MARTLET_BACKUP_KEYS behind the current one"
                    )
                }
            }
        } catch {
            return CheckFinding(
                subject: "keys",
                grade: .problem,
                found: "\(error)",
                advice: "see `martlet-backup list`"
            )
        }
        return CheckFinding(subject: "keys", grade: .good, found: "\(context.keys)")
    }

    private func database() async -> [CheckFinding] {
        let loop = EventLoop(name: "check")
        defer { loop.shutdown() }
        do throws(RecoveryError) {
            let database = try context.database
            let facts = try await ServerFacts(database, slot: context.settings.receiver.receiver?.slot).read(on: loop)
            var findings = ServerCheck(facts: facts, exported: Set(context.settings.export.files)).findings
            if facts.mayReplicate, facts.version >= ServerCheck.oldest {
                findings.append(await replication(database, loop))
            }
            return findings
        } catch {
            return [
                CheckFinding(
                    subject: "database",
                    grade: .problem,
                    found: "\(error)",
                    advice: "see DATABASE_URL: the host, the role, the password, and pg_hba.conf"
                )
            ]
        }
    }

    private func replication(_ database: PostgresConfiguration, _ loop: EventLoop) async -> CheckFinding {
        do throws(PostgresError) {
            let session = try await ReplicationSession.connect(database, on: loop)
            await session.close()
            return CheckFinding(subject: "replication", grade: .good, found: "a replication session opens")
        } catch {
            return CheckFinding(
                subject: "replication",
                grade: .problem,
                found: "\(error)",
                advice: "add a line `host replication ROLE ADDRESS scram-sha-256` to pg_hba.conf and reload it"
            )
        }
    }

    private func show(_ findings: [CheckFinding]) {
        switch context.settings.run.output {
        case .table:
            var table = ResultTable(["", "SUBJECT", "FOUND"])
            for finding in findings { table.add([finding.grade.rawValue, finding.subject, finding.found]) }
            Terminal.show(table.description)
            for finding in findings where !finding.advice.isEmpty {
                Terminal.show("\(finding.subject): \(finding.advice)\n")
            }
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.key("findings")
                    json.array { json in
                        for finding in findings {
                            json.object { json in
                                json.field("subject", finding.subject)
                                json.field("grade", finding.grade.rawValue)
                                json.field("found", finding.found)
                                json.field("advice", finding.advice.isEmpty ? nil : finding.advice)
                            }
                        }
                    }
                }.text
            )
        }
    }
}
