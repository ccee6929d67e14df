// SPDX-License-Identifier: Apache-2.0
// Martlet: makes keys, and changes them.

internal import Logging
internal import Recovery

/// Runs around the key ring.
struct KeyRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Shows a new key as a line for the key ring.
    static func generate(_ id: String) throws(UsageError) {
        guard let line = RingKey.generate(id: id) else {
            throw UsageError("\"\(id)\" is no id of a key: 1 to 64 of A-Z a-z 0-9 . _ -")
        }
        Terminal.show(line + "\n")
    }

    /// Shows a new key for signing exports.
    static func signing(_ id: String) throws(UsageError) {
        guard let line = SigningKey.generate(id: id) else {
            throw UsageError("\"\(id)\" is no id of a key: 1 to 64 of A-Z a-z 0-9 . _ -")
        }
        Terminal.show(line + "\n")
    }

    /// Shows the public half of the key that signs exports.
    static func showPublic(_ key: SigningKey?) throws(UsageError) {
        guard let key else {
            throw UsageError(
                "there is no signing key: set MARTLET_BACKUP_SIGNING_KEY_FILE (`keys signing ID` makes one)"
            )
        }
        Terminal.show("\(key.trusted)\n")
    }

    /// Makes a new key in the store, wrapped by the key service, for the log and exports from now on.
    func renew() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        let ring = try await context.keys.renewed(in: context.store, of: system)
        let key = ring.keys.first.map { "\($0)" } ?? "none"
        Terminal.show("the log and exports of system \(system) are closed with \(key) from now on\n")
    }

    /// Closes the data keys of all encrypted backups with the ring's first key.
    func rewrap() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        let shelf = BackupShelf(context, of: system)
        var count = 0
        for backup in try await shelf.listing().backups {
            guard let entry = backup.entry?.entry, entry.isEncrypted else { continue }
            try await KeyRotation.rewrap(entry.id, of: system, in: context.store, keys: context.keys)
            count += 1
        }
        let key = context.keys.service?.name ?? context.keys.keys.first.map { "\($0)" } ?? "none"
        Terminal.show("\(count) backups of system \(system) are now closed with \(key)\n")
    }
}
