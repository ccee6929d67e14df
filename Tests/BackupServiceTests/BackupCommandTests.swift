// SPDX-License-Identifier: Apache-2.0
// Martlet: command lines that mean something, and those that don't.

import Platform
import Testing

@testable import BackupService

@Suite("The command line of martlet-backup")
struct BackupCommandTests {
    private func parse(_ words: String...) throws -> BackupCommand.Request {
        try BackupCommand.parse(["martlet-backup"] + words)
    }

    private func command(_ words: String...) throws -> BackupCommand {
        guard case .run(let command) = try BackupCommand.parse(["martlet-backup"] + words) else {
            throw UsageError("no run")
        }
        return command
    }

    private func refusal(_ words: String...) -> String {
        do {
            _ = try BackupCommand.parse(["martlet-backup"] + words)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func shortOptionsAreSettings() throws {
        let restore = try command("restore", "--to", "/data", "--at=2026-11-28 14:05:00Z", "--immediate")
        #expect(restore.verb == .restore)
        #expect(
            restore.arguments.dropFirst() == [
                "--martlet-restore-to=/data", "--martlet-restore-at=2026-11-28 14:05:00Z",
                "--martlet-restore-immediate",
            ]
        )
    }

    @Test func aDatabaseIsADestinationToo() throws {
        let restore = try command("restore", "--to", "postgresql://db/martlet")
        #expect(restore.arguments.last == "--martlet-restore-database-url=postgresql://db/martlet")
    }

    @Test func longSpellingsOfSettingsPass() throws {
        let list = try command("list", "--log-level", "debug", "--martlet-backup-stores=file:///a", "--output", "json")
        #expect(
            list.arguments.dropFirst() == [
                "--log-level=debug", "--martlet-backup-stores=file:///a", "--martlet-backup-output=json",
            ]
        )
    }

    @Test func whatMayBeRepeatedIsJoined() throws {
        let restore = try command("restore", "--tablespace-mapping", "/a=/b", "--tablespace-mapping", "/c=/d")
        #expect(restore.arguments.last == "--martlet-restore-tablespaces=/a=/b,/c=/d")
        #expect(refusal("restore", "--at", "1", "--at", "2").contains("given twice"))
        // Also in two spellings.
        #expect(refusal("restore", "--at", "1", "--martlet-restore-at", "2").contains("given twice"))
    }

    @Test func wordsBehindVerbs() throws {
        #expect(try command("wal-fetch", "000000010000000000000001", "pg_wal/X").operands.last == "pg_wal/X")
        #expect(try command("keys", "generate", "2026").operands == ["generate", "2026"])
        #expect(refusal("wal-push").contains("wal-push takes PATH, not: nothing"))
        #expect(refusal("list", "everything").contains("list takes only options, not: everything"))
        #expect(refusal("keys", "forge").contains("generate ID | rewrap"))
        #expect(refusal("prune", "--dry-run", "now").contains("stands alone"))
    }

    @Test func unknownAndMisplacedOptionsSayWhatIsAllowed() {
        let misplaced = refusal("backup", "--at", "now")
        #expect(misplaced.contains("--at is an option of restore, not of backup"))
        #expect(misplaced.contains("--method, --label, --resume"))
        #expect(refusal("backup", "--martlet-restore-at", "now").contains("is an option of restore"))
        let unknown = refusal("restore", "--att", "now")
        #expect(unknown.contains("--att is not an option of restore"))
        #expect(unknown.contains("--tablespace-mapping"))
        #expect(refusal("prune", "--dryrun").contains("did you mean --dry-run?"))
        #expect(refusal("restore", "--to").contains("--to needs a value: FOLDER|DATABASE_URL"))
        #expect(refusal("restore", "--to", "--immediate").contains("needs a value"))
    }

    @Test func verbsThatAreNone() {
        #expect(refusal("bakcup").contains("did you mean backup?"))
        #expect(refusal("--output", "json").contains("the verb comes first"))
        #expect(refusal("help", "me").contains("\"me\" is not a verb"))
    }

    @Test func helpAndVersion() throws {
        #expect(try parse() == .help(nil))
        #expect(try parse("--help") == .help(nil))
        #expect(try parse("help") == .help(nil))
        #expect(try parse("help", "restore") == .help(.restore))
        #expect(try parse("restore", "--to", "/x", "--help") == .help(.restore))
        // Also where the words are missing.
        #expect(try parse("wal-push", "--help") == .help(.walPush))
        #expect(try parse("--version") == .version)
    }

    @Test(arguments: BackupVerb.allCases)
    func eachVerbHasItsHelp(_ verb: BackupVerb) {
        let help = BackupHelp.verb(verb)
        #expect(help.contains(verb.summary))
        #expect(help.contains("Example:\n  "))
        for option in BackupOption.options(of: verb) { #expect(help.contains(option.usage)) }
        #expect(BackupHelp.overview.contains("  \(verb.rawValue) "))
    }

    @Test(arguments: BackupVerb.allCases)
    func eachExampleIsACommandLine(_ verb: BackupVerb) throws {
        var words = verb.example.filter { $0 != "'" }.split(separator: " ").map(String.init)
        words = Array(try #require(words.firstIndex(of: "martlet-backup").map { words[$0...] }))
        if let end = words.firstIndex(of: ">") { words = Array(words[..<end]) }
        // A quoted time is one word.
        if let at = words.firstIndex(of: "--at") { words[(at + 1)...] = ["2026-11-28 14:05:00Z"] }
        guard case .run(let command) = try BackupCommand.parse(words) else {
            Issue.record("\(verb.example) runs nothing")
            return
        }
        #expect(command.verb == verb)
    }

    @Test func theTableHasNoContradictions() {
        for verb in BackupVerb.allCases {
            let options = BackupOption.options(of: verb)
            #expect(Set(options.map(\.name)).count == options.count, "\(verb) has an option twice")
        }
        for option in BackupOption.table {
            #expect(SiblingSettings.names.contains(option.setting), "\(option.setting) is not listed")
            #expect(option.name.hasPrefix("--") && !option.verbs.isEmpty && !option.text.isEmpty)
        }
    }

    @Test func keysAreMadeForTheirOwnerAlone() {
        #expect(BackupHelp.verb(.keys).contains("umask 077;"))
    }
}
