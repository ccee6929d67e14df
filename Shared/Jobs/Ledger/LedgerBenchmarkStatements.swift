// SPDX-License-Identifier: Apache-2.0
// The hot statements' text, for the benchmark that holds the product against the ledger's own ceiling.

internal import Postgres

/// The SQL of the statements that carry a job through its life.
public enum LedgerBenchmarkStatements {
    /// Records plain jobs: `$1`… as in `Ledger.enqueuePlain`.
    public static var enqueue: String { Ledger.enqueuePlain.sql }
    /// Moves due rows to the bus.
    public static var pump: String { Ledger.pump.sql }
    /// Records ended attempts.
    public static var finish: String { Ledger.finish.sql }
}
