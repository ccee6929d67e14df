// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-backup: backs up, restores, and proves that it can.

internal import CLinux
internal import FoundationEssentials
internal import Glibc
internal import Platform

@main
struct BackupProgram {
    private static let name = "martlet-backup"

    static func main() async {
        // One thread makes a chunk and another lets it go: with a heap for each thread, as the C library has them, what
        // was let go piles up in all of them. Chunks are few and large, so nobody waits for the one heap.
        martlet_use_one_heap()
        let request: BackupCommand.Request
        do throws(UsageError) { request = try BackupCommand.parse(CommandLine.arguments) } catch {
            Terminal.say("\(name): \(error)\n")
            let isFetch = CommandLine.arguments.dropFirst().first == BackupVerb.walFetch.rawValue
            exit(BackupExit.code(error, of: isFetch ? .walFetch : nil))
        }
        switch request {
        case .help(nil):
            Terminal.show(BackupHelp.overview)
            exit(BackupExit.success)
        case .help(let verb?): await start(verb, [], [name, "--help"])
        case .version: await start(.list, [], [name, "--version"])
        case .run(let command): await start(command.verb, command.operands, command.arguments)
        }
    }

    private static func reader(_ arguments: [String]) -> SettingsReader {
        SettingsReader(arguments: arguments, environment: ProcessInfo.processInfo.environment)
    }

    private static func read(_ verb: BackupVerb, _ arguments: [String]) throws -> BackupSettings {
        let reader = Self.reader(arguments)
        let settings = BackupSettings(reader, for: verb)
        try reader.finish()
        return settings
    }

    private static func start(_ verb: BackupVerb, _ operands: [String], _ arguments: [String]) async -> Never {
        await ServiceMain.run(
            name,
            reader(arguments),
            help: BackupHelp.verb(verb),
            code: { BackupExit.code($0, of: verb) }
        ) { reader in
            let settings = BackupSettings(reader, for: verb)
            for problem in try reader.finish(tolerating: { verb.tolerates($0, operands) }) {
                Terminal.say("\(name): warning: \(problem)\n")
            }
            try await BackupVerbs(settings) { try Self.read(verb, arguments) }.run(verb, operands)
        }
    }
}
