// SPDX-License-Identifier: Apache-2.0
// Martlet: makes keys, and changes them.

internal import Glibc
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

    /// Closes the data keys of all encrypted backups, also of unfinished ones, with the ring's first key; alone, as
    /// backups and prunes are, or one of those would be missed.
    /// - Throws: what the first one failed with that can't be closed, when all others are; `.locked`.
    func rewrap() async throws(RecoveryError) {
        let (context, run) = (context, self)
        let system = try await SystemSearch(context).systemOfStore()
        let holder = LeaseHolder(host: HostIdentity.name, pid: getpid(), verb: "keys rewrap")
        try await RunDeadline(context.settings.run.deadline, of: .keys).run { () throws(RecoveryError) in
            try await RunLease.hold(system, in: context.store, as: holder) { lease throws(RecoveryError) in
                try await run.rewrap(system, lease)
            }
        }
    }

    private func rewrap(_ system: SystemID, _ lease: RunLease) async throws(RecoveryError) {
        let listing = try await Catalogue(try context.strictStore, keys: context.keys).listing(of: system)
        var (count, failures): (Int, [RecoveryError]) = (0, [])
        // What a removal left has no head, and so no key.
        for id in (listing.backups.map(\.id) + listing.unfinished.filter { $0.began != nil }.map(\.id)).sorted() {
            try lease.check()
            if Task.isCancelled { throw RecoveryError(.cancelled, "the rewrap was cancelled") }
            do throws(RecoveryError) {
                guard try await KeyRotation.rewrap(id, of: system, in: context.store, keys: context.keys) else {
                    Terminal.say("\(id) is passed over: it is not encrypted\n")
                    continue
                }
                count += 1
            } catch {
                guard [.damaged, .wrongKey, .notFound].contains(error.code) else { throw error }
                Terminal.say("\(id) is not closed with the new key: \(error.message)\n")
                failures.append(error)
            }
        }
        let key = context.keys.service?.name ?? context.keys.keys.first.map { "\($0)" } ?? "none"
        Terminal.show("\(count) backups of system \(system) are now closed with \(key)\n")
        guard let first = failures.first else { return }
        throw RecoveryError(
            first.code,
            "\(failures.count) backups are not closed with the new key",
            object: first.object
        )
    }
}
