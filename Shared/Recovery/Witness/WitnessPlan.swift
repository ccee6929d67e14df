// SPDX-License-Identifier: Apache-2.0
// Martlet: which tables a witness looks at, and how closely.

/// What may be looked at, and at what cost.
public struct WitnessPlan: Hashable, Sendable {
    /// Tables that only ever get rows; `schema.table`. Default: the ledger's.
    public var tables = ["public.job", "public.job_attempt", "public.queue", "public.martlet_migration"]
    /// Tables and partitions up to this size are counted whole; of larger ones samples are; default 64 MiB.
    public var wholeBytes: Int64 = 64 << 20
    /// Ranges that are sampled of a larger table; default 64.
    public var samples = 64
    /// Rows of one range at most; default 100.
    public var rowsPerSample = 100
    /// The limit of all of it; default 60 s. What comes too late is left out, and the witness says so.
    public var limit: Duration = .seconds(60)

    /// The default plan.
    public init() {}
}
