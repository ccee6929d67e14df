// SPDX-License-Identifier: Apache-2.0
// Martlet: what the exit code says; after sysexits.h where that has a word.

internal import ObjectStore
internal import Platform
internal import Recovery
internal import Web

/// The exit codes of the program. `docs/recovery.md` lists them; a test holds the list against this one.
enum BackupExit {
    /// All went well.
    static let success: Int32 = 0
    /// `wal-fetch`: there is no such file in the archive; nobody else ends so.
    static let noSuchFile: Int32 = 1
    /// `wal-fetch` adds this to every other code: PostgreSQL takes what is above 125 for a failure and ends recovery
    /// there, and what is below for the end of the log.
    static let fetchOffset: Int32 = 128

    /// Every code with what it means, in order.
    static let meanings: [(code: Int32, meaning: String)] = [
        (success, "all went well"),
        (noSuchFile, "wal-fetch: the archive has no such file; its other codes are these plus 128"),
        (64, "the command line is wrong, or asks for what can't be done"),
        (65, "damaged: stored bytes are not what was stored, or pages of the database are broken"),
        (66, "there is no such backup"),
        (67, "wrong system: it belongs to another database cluster"),
        (68, "a hook or a program of PostgreSQL failed"),
        (69, "the store can't be reached, refuses or is full"),
        (70, "a fault of the program itself"),
        (71, "the drill failed: something is wrong with what was restored, or an objective was missed"),
        (72, "log is missing: the moment asked for can't be reached"),
        (73, "the place to restore to is not empty"),
        (74, "the local disk is full or refuses"),
        (75, "another run is under way, or the deadline passed: try again later"),
        (76, "the database can't be reached or refuses"),
        (77, "wrong key: no key at hand opens it"),
        (78, "a setting is wrong"),
        (79, "check: something needs attention; health: not ready"),
        (130, "ended by SIGINT"),
        (143, "ended by SIGTERM"),
    ]

    /// The code for an error of a verb.
    static func code(_ error: any Error, of verb: BackupVerb?) -> Int32 {
        if error is NoSuchLogFile { return noSuchFile }
        let plain = plainCode(error)
        guard verb == .walFetch, plain < fetchOffset else { return plain }
        return plain + fetchOffset
    }

    private static func plainCode(_ error: any Error) -> Int32 {
        switch error {
        case let error as RecoveryError: code(error)
        case let error as ObjectStoreError: error.code == .configuration ? 78 : code(RecoveryError(error))
        case is UsageError: 64
        case let error as Interruption: ExitCode.signal(error.signal)
        case let error as PlatformError where error.code == .configuration: 78
        case is CheckFailure, is NotReady: 79
        default: 70
        }
    }

    private static func code(_ error: RecoveryError) -> Int32 {
        switch error.code {
        case .request: 64
        case .damaged: 65
        case .notFound: 66
        case .wrongSystem: 67
        case .program: 68
        // A wrong address is the operator's to mend, not the store's.
        case .store: (error.cause as? ObjectStoreError)?.code == .configuration ? 78 : 69
        case .internal: 70
        case .drill: 71
        case .missingLog: 72
        case .notEmpty: 73
        case .disk: 74
        case .locked, .deadline, .cancelled: 75
        case .database: 76
        case .wrongKey: 77
        }
    }
}
