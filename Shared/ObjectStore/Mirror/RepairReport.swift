// SPDX-License-Identifier: Apache-2.0
// Martlet: what a repair did.

/// What was copied, and what differs between stores and was left as it is.
public struct RepairReport: Sendable {
    /// Objects that were missing somewhere; an object that two stores lacked counts twice.
    public var copied = 0
    /// Their bytes.
    public var bytes: Int64 = 0
    /// Names under which stores hold objects of different sizes; the first 100.
    public var differing: [ObjectKey] = []
    /// Copies that failed, with each place; the first 100.
    public var failures: [ObjectStoreError] = []

    /// Most entries of each list.
    public static let most = 100
}
