// SPDX-License-Identifier: Apache-2.0
// Martlet: exit codes tell failures apart.

import ObjectStore
import Platform
import Recovery
import Testing

@testable import BackupService

@Suite("Exit codes of martlet-backup")
struct BackupExitTests {
    private static let codes: [(RecoveryError.Code, Int32)] = [
        (.request, 64), (.damaged, 65), (.notFound, 66), (.wrongSystem, 67), (.program, 68), (.store, 69),
        (.internal, 70), (.missingLog, 72), (.notEmpty, 73), (.disk, 74), (.locked, 75), (.deadline, 75),
        (.cancelled, 75), (.database, 76), (.wrongKey, 77),
    ]

    @Test func eachKindHasItsCode() {
        for (code, exit) in Self.codes {
            let error = RecoveryError(code, "a test")
            #expect(BackupExit.code(error, of: .backup) == exit, "\(code)")
            #expect(BackupExit.code(error, of: nil) == exit, "\(code)")
        }
        let wrong = RecoveryError(ObjectStoreError(.configuration, "no bucket", place: "s3://x"))
        #expect(BackupExit.code(wrong, of: .list) == 78)
        #expect(BackupExit.code(UsageError("what"), of: .list) == 64)
        #expect(BackupExit.code(PlatformError.configuration([]), of: .list) == 78)
        #expect(BackupExit.code(Interruption(signal: 15), of: .backup) == 143)
        #expect(BackupExit.code(Interruption(signal: 2), of: .backup) == 130)
        #expect(BackupExit.code(CheckFailure(count: 1), of: .check) == 79)
    }

    /// PostgreSQL goes on as if the log had ended when restore_command fails with 125 or less.
    @Test func onlyAnAbsentFileIsTheEndOfTheLog() {
        #expect(BackupExit.code(NoSuchLogFile(name: "x"), of: .walFetch) == 1)
        for (code, exit) in Self.codes {
            let found = BackupExit.code(RecoveryError(code, "a test"), of: .walFetch)
            #expect(found == exit + 128 && found > 125, "\(code)")
        }
        for error in [UsageError("what"), PlatformError.configuration([]), Interruption(signal: 15)] as [any Error] {
            let code = BackupExit.code(error, of: .walFetch)
            #expect(code > 125 && code < 256, "\(error)")
        }
    }

    @Test func eachCodeIsExplained() {
        let listed = BackupExit.meanings.map(\.code)
        #expect(listed == listed.sorted() && Set(listed).count == listed.count)
        for (_, exit) in Self.codes { #expect(listed.contains(exit)) }
    }
}
