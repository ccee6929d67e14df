// SPDX-License-Identifier: Apache-2.0
// Martlet: the command that a restored server runs for its log.

import Recovery
import Testing

@testable import BackupService

@Suite("The restore_command of a restored server")
struct RestoreCommandTests {
    @Test func namesEverythingButSecrets() {
        let command = RestoreCommand(
            program: "/usr/bin/martlet-backup",
            stores: ["file:///var/backups/it's 100% ours"],
            keyFile: "/etc/martlet/backup.key",
            isEncrypted: true,
            system: SystemID(7312)
        )
        #expect(
            command.text
                == "MARTLET_BACKUP_KEYS_FILE=/etc/martlet/backup.key /usr/bin/martlet-backup wal-fetch %f %p "
                + #"--martlet-backup-stores 'file:///var/backups/it'\''s 100%% ours' --martlet-backup-system 7312"#
        )
    }

    @Test func aKeyServiceIsNamed() {
        let command = RestoreCommand(
            program: "/b",
            stores: ["file:///x"],
            keyFile: nil,
            isEncrypted: true,
            system: SystemID(1),
            kms: [("--martlet-backup-kms-key", "alias/martlet"), ("--martlet-backup-kms-region", "eu-central-1")]
        )
        #expect(
            command.text.hasSuffix(
                "--martlet-backup-kms-key alias/martlet --martlet-backup-kms-region eu-central-1"
            )
        )
    }

    @Test func aGapThatIsAcceptedIsSaid() {
        let command = RestoreCommand(
            program: "/b",
            stores: ["file:///x"],
            keyFile: nil,
            isEncrypted: true,
            system: SystemID(1),
            endsAtGap: true
        )
        #expect(command.text.hasPrefix("MARTLET_RESTORE_END_AT_GAP=true /b wal-fetch %f %p "))
    }

    @Test func howManyStoresMustBeThereIsSaid() {
        let command = RestoreCommand(
            program: "/b",
            stores: ["file:///x", "file:///y"],
            required: 1,
            keyFile: nil,
            isEncrypted: true,
            system: SystemID(1)
        )
        #expect(
            command.text.contains("--martlet-backup-stores file:///x,file:///y --martlet-backup-required-stores 1 ")
        )
    }

    @Test func pathsAreWholeAndSecretsAreNamed() {
        #expect(RestoreCommand.absolute("/etc/martlet/backup.key") == "/etc/martlet/backup.key")
        let whole = RestoreCommand.absolute("backup.key")
        #expect(whole.hasPrefix("/") && whole.hasSuffix("/backup.key") && !whole.contains("//"))
        #expect(RestoreCommand.variables(hasKeys: true, keyFile: "/k", isRemote: false, isSet: { _ in true }).isEmpty)
        #expect(RestoreCommand.variables(hasKeys: false, keyFile: nil, isRemote: true, isSet: { _ in false }).isEmpty)
        #expect(
            RestoreCommand.variables(hasKeys: true, keyFile: nil, isRemote: true, isSet: { $0 == "AWS_ACCESS_KEY_ID" })
                == ["MARTLET_BACKUP_KEYS", "AWS_ACCESS_KEY_ID"]
        )
    }

    @Test func unencryptedIsSaid() {
        let command = RestoreCommand(
            program: "/b",
            stores: ["file:///x"],
            keyFile: nil,
            isEncrypted: false,
            system: SystemID(1)
        )
        #expect(command.text.hasSuffix("--martlet-backup-encryption none"))
        #expect(!command.text.contains("KEYS"))
    }

    @Test func wordsAreQuotedWhereNeeded() {
        #expect(RestoreCommand.quoted("/plain/path-1.2") == "/plain/path-1.2")
        #expect(RestoreCommand.quoted("") == "''")
        #expect(RestoreCommand.quoted("$(x)") == "'$(x)'")
        #expect(RestoreCommand.quoted("a;b") == "'a;b'")
    }
}
