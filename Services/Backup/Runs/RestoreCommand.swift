// SPDX-License-Identifier: Apache-2.0
// Martlet: the command by which a restored server fetches its log.

internal import FoundationEssentials
internal import Glibc
internal import ObjectStore
internal import Platform
internal import Recovery

/// `restore_command`: this very program with the settings that it needs, and no secret.
struct RestoreCommand {
    /// The command.
    let text: String

    init(_ context: RunContext, _ system: SystemID) {
        self.init(
            program: Self.ownPath,
            stores: context.settings.place.stores.addresses.map(\.description),
            // Whoever gives up what lies behind a gap gives up what only a store has that is away.
            required: context.settings.restore.endsAtGap && context.settings.place.stores.addresses.count > 1
                ? 1 : context.settings.place.stores.required,
            keyFile: context.settings.place.keyFile.map(Self.absolute),
            isEncrypted: context.settings.place.isEncrypted,
            system: system,
            kms: context.settings.place.kms?.options ?? [],
            endsAtGap: context.settings.restore.endsAtGap
        )
    }

    init(
        program: String,
        stores: [String],
        required: Int? = nil,
        keyFile: String?,
        isEncrypted: Bool,
        system: SystemID,
        kms: [(name: String, value: String)] = [],
        endsAtGap: Bool = false
    ) {
        var words: [String] = []
        // Variables, since the command line takes neither another verb's options nor the files of secrets.
        if endsAtGap { words += ["MARTLET_RESTORE_END_AT_GAP=true"] }
        if let keyFile { words += ["MARTLET_BACKUP_KEYS_FILE=\(Self.quoted(keyFile))"] }
        words += [Self.quoted(program), "wal-fetch", "%f", "%p"]
        words += ["--martlet-backup-stores", Self.quoted(stores.joined(separator: ","))]
        if let required { words += ["--martlet-backup-required-stores", "\(required)"] }
        words += ["--martlet-backup-system", "\(system)"]
        for (name, value) in kms { words += [name, Self.quoted(value)] }
        if !isEncrypted { words += ["--martlet-backup-encryption", "none"] }
        text = words.joined(separator: " ")
    }

    /// The variables of this process that the command needs and the settings file of no server has: secrets.
    static func variables(_ settings: PlaceSettings) -> [String] {
        variables(
            hasKeys: settings.isEncrypted && settings.keys != nil,
            keyFile: settings.keyFile,
            isRemote: settings.kms != nil || settings.stores.addresses.contains { !$0.description.hasPrefix("file:") },
            isSet: { getenv($0) != nil }
        )
    }

    /// The same of what is given.
    static func variables(hasKeys: Bool, keyFile: String?, isRemote: Bool, isSet: (String) -> Bool) -> [String] {
        let keys = hasKeys && keyFile == nil ? ["MARTLET_BACKUP_KEYS"] : []
        guard isRemote else { return keys }
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        return keys + (names + names.map { "\($0)_FILE" }).filter(isSet)
    }

    /// A path from the root: the server runs its commands in its data folder.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)".replacing("//", with: "/")
    }

    /// As the shell and then PostgreSQL take it: `%` stands for itself when it is doubled.
    static func quoted(_ word: String) -> String {
        let doubled = word.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
        let isPlain = doubled.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "/._-:,=%@".utf8.contains(byte)
        }
        guard !isPlain || doubled.isEmpty else { return doubled }
        return "'" + doubled.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static var ownPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "martlet-backup"
    }
}
