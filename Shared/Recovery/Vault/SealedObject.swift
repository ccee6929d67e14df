// SPDX-License-Identifier: Apache-2.0
// Martlet: small objects that are sealed as a whole: segments of the log, indexes.
public import ObjectStore

/// Seals and opens objects that fit into memory; the layout is at `ObjectHeader`.
///
/// The name is authenticated: an object that was moved to another name does not open. So is the content's SHA-256, which
/// the first ``factsLength`` bytes tell already (``facts(_:name:keys:)``).
///
/// Both directions work on the calling thread, about 50 ms for 16 MiB with zstd: call them where that may be.
public struct SealedObject {
    /// Bytes that an object may hold: the largest segments that PostgreSQL users make are far smaller.
    public static let largest = 256 << 20
    /// Bytes of a stored object that ``facts(_:name:keys:)`` needs at most.
    public static let factsLength = 192

    /// Compresses and encrypts by the current key of the ring.
    /// - Throws: `.request` when there is no key though encryption is asked for, or more than ``largest`` bytes.
    public static func seal(
        _ plain: [UInt8],
        name: ObjectKey,
        keys: KeyRing,
        options: VaultOptions
    ) throws(RecoveryError) -> [UInt8] {
        guard options.isEncrypted else { return try seal(plain, name: name, secret: .none, options: options) }
        guard let key = keys.keys.first else {
            throw RecoveryError(.request, "the key ring has no key to encrypt with", object: name)
        }
        return try seal(plain, name: name, secret: .ring(key), options: options)
    }

    /// Checks, decrypts and expands.
    /// - Throws: `.wrongKey`, `.damaged`.
    public static func open(_ sealed: [UInt8], name: ObjectKey, keys: KeyRing) throws(RecoveryError) -> [UInt8] {
        try open(sealed, name: name, keys: keys, data: nil)
    }

    /// The size and checksum of the content, from the beginning of an object: its first ``factsLength`` bytes, or all.
    /// - Throws: `.wrongKey`, `.damaged`.
    public static func facts(
        _ beginning: [UInt8],
        name: ObjectKey,
        keys: KeyRing
    ) throws(RecoveryError) -> SealedFacts {
        var cursor = ByteCursor(beginning)
        let seal = try self.seal(&cursor, name: name, keys: keys, data: nil)
        do throws(FormatFault) { return try facts(&cursor, seal) } catch {
            throw error.error(in: name, at: Int64(cursor.offset))
        }
    }
}
