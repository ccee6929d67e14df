// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way out of a store.

/// Reads one object, or a range of it, from its beginning to its end.
public protocol ObjectDownload: Sendable {
    /// Bytes that will come in all.
    var size: Int64 { get }

    /// The next bytes, at most 1 MiB; nil at the end. Fewer bytes than ``size`` is a failure, not an end.
    func next() async throws(ObjectStoreError) -> [UInt8]?

    /// Lets go; also before the end, and more than once.
    func close() async
}
