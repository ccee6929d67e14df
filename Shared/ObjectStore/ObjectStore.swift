// SPDX-License-Identifier: Apache-2.0
// Martlet: where backups lie: objects with names, in a folder or a bucket.

/// Keeps objects under names: a directory, an S3 bucket, or several of them as one.
///
/// An object is there whole or not at all: what a killed writer leaves is never listed, read or counted. A written object
/// is durable once the call returns. Each call ends within the store's own deadlines; passing failures are retried by
/// the store within its budget. Safe to use from many tasks at once.
///
/// ```swift
/// let upload = try await store.upload(to: key, when: .absent)
/// for chunk in chunks { try await upload.write(chunk) }
/// let info = try await upload.finish()
/// ```
public protocol ObjectStore: Sendable {
    /// The place, for messages: `file:///var/backups/martlet` or `s3://bucket/prefix`; never a secret.
    var place: String { get }

    /// Writes a small object in one step.
    /// - Throws: `.exists` (with `.absent`), `.denied`, `.unavailable`, `.full`, `.cancelled`.
    @discardableResult
    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError)
        -> ObjectInfo

    /// Begins an object of unknown size, written bit by bit in bounded memory.
    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload

    /// Reads a small object whole.
    /// - Throws: `.notFound`; `.tooLarge` beyond `limit` bytes.
    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8]

    /// Begins to read an object, or a range of its bytes; continues by itself after a broken connection.
    /// - Throws: `.notFound`, also for a range beyond the end.
    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload

    /// What is known of an object; nil if there is none.
    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo?

    /// The objects whose names begin with `prefix`, after a name, at most `limit` (1 to 1,000), by name.
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage

    /// Removes objects; those that don't exist are no failure.
    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError)

    /// Removes what killed writers left and nobody has touched for `age`, and says how many leftovers that were.
    ///
    /// They are never listed, but they use space; an age of a day is longer than any upload that still goes on.
    func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int

    /// The stores that each hold the same, in order of preference; the store itself when it is one.
    ///
    /// Who finds that an object is not what was stored reads it from another of them.
    var copies: [any ObjectStore] { get }

    /// Ends connections; the store is not used any more.
    func close() async
}

extension ObjectStore {
    /// For one store.
    public var copies: [any ObjectStore] { [self] }

    /// For stores in which killed writers leave nothing.
    public func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int { 0 }
}
