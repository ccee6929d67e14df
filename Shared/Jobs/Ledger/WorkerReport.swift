// SPDX-License-Identifier: Apache-2.0
// What a worker says of itself.

/// What a worker says of itself in the ledger's register.
public struct WorkerReport: Sendable {
    /// The boot identity: never a host name, which a restart would use again.
    public var id: Int64
    /// A name for people.
    public var name: String
    /// The program's version.
    public var version: String
    /// The queues that it serves, separated by commas.
    public var queues: String
    /// How many jobs it runs at once.
    public var concurrency: Int
    /// How many it runs now.
    public var running: Int
}
