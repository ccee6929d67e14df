// SPDX-License-Identifier: Apache-2.0
// Martlet: the keys that protect backups.
public import Platform

/// The keys at hand: the first is current and closes what is written, all of them open.
///
/// With a ``KeyService`` (KMS) the data keys of new backups are wrapped by that instead, and its wrapped keys open too.
///
/// ```swift
/// let keys = try KeyRing(parsing: settings.requiredSecret("MARTLET_BACKUP_KEYS"))
/// ```
public struct KeyRing: Sendable, CustomStringConvertible {
    /// The keys; the first is current.
    public let keys: [RingKey]
    /// The service that wraps data keys; nil without one.
    public let service: (any KeyService)?
    /// Whether backups that are not encrypted are accepted. Otherwise whoever can write to the store could put forged
    /// ones in the place of real ones.
    public let acceptsPlain: Bool

    /// No keys at all: for backups that are not encrypted.
    public static let plain = KeyRing(checked: [], service: nil, acceptsPlain: true)

    /// Bytes that a key file may have.
    static let longestFile = 64 << 10

    /// Takes keys over.
    /// - Throws: `.request` when an id comes twice, or when there is neither a key nor a service.
    public init(
        _ keys: [RingKey],
        service: (any KeyService)? = nil,
        acceptsPlain: Bool = false
    ) throws(RecoveryError) {
        guard !keys.isEmpty || service != nil else { throw RecoveryError(.request, "the key ring has no key") }
        var ids: Set<String> = []
        for key in keys where !ids.insert(key.id).inserted {
            throw RecoveryError(.request, "the key ring has the id '\(key.id)' twice")
        }
        self.init(checked: keys, service: service, acceptsPlain: acceptsPlain)
    }

    /// Reads keys, one in a line or separated by commas; empty lines and lines that begin with `#` are skipped.
    /// - Throws: `.request`; the message names the line, never its content.
    public init(
        parsing text: Secret,
        service: (any KeyService)? = nil,
        acceptsPlain: Bool = false
    ) throws(RecoveryError) {
        var keys: [RingKey] = []
        let lines = text.reveal().split(omittingEmptySubsequences: false) { $0.isNewline || $0 == "," }
        for (index, line) in lines.enumerated() {
            let line = line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
            let text = String(line)
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            guard let key = RingKey(parsing: text) else {
                throw RecoveryError(.request, "key \(index + 1) of the key ring must be \(RingKey.allowed)")
            }
            keys.append(key)
        }
        try self.init(keys, service: service, acceptsPlain: acceptsPlain)
    }

    /// Reads a file of keys as ``init(parsing:service:acceptsPlain:)`` does, at most 64 KiB.
    /// - Throws: `.request`.
    public init(
        file path: String,
        service: (any KeyService)? = nil,
        acceptsPlain: Bool = false
    ) throws(RecoveryError) {
        let text: String
        do throws(PlatformError) { text = try FileText.text(path: path, limit: Self.longestFile) } catch {
            throw RecoveryError(.request, "the key ring can't be read: \(error)", cause: error)
        }
        try self.init(parsing: Secret(text), service: service, acceptsPlain: acceptsPlain)
    }

    private init(checked keys: [RingKey], service: (any KeyService)?, acceptsPlain: Bool) {
        self.keys = keys
        self.service = service
        self.acceptsPlain = acceptsPlain
    }

    /// The key with an id.
    /// - Throws: `.wrongKey`, which names the key that is needed and those that are there.
    func key(_ id: String, fingerprint: String) throws(RecoveryError) -> RingKey {
        let needed = "key '\(id)' (\(fingerprint)) is needed"
        guard let key = keys.first(where: { $0.id == id }) else {
            throw RecoveryError(.wrongKey, "\(needed); the key ring has \(self)")
        }
        guard key.fingerprint == fingerprint else {
            throw RecoveryError(.wrongKey, "\(needed); the key ring has another key of this id: \(self)")
        }
        return key
    }

    /// The ids and fingerprints.
    public var description: String {
        let all = keys.map(\.description) + (service.map { ["the key service \($0.name)"] } ?? [])
        return all.isEmpty ? "no keys" : all.joined(separator: ", ")
    }
}
