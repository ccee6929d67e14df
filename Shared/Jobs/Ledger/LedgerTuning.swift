// SPDX-License-Identifier: Apache-2.0
// Server settings for the connections of completions and maintenance.

/// Server settings under which the ledger's batch statements keep their plans.
///
/// A statement that was planned while a table was empty is kept when the table has a million rows; without these settings that plan may be a sequential scan.
/// Every one of a worker's statements is a walk along an index, so the planner is left no other choice.
public enum LedgerTuning {
    /// Names and values.
    public static let settings: [(name: String, value: String)] = [
        ("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off"),
        ("plan_cache_mode", "force_generic_plan"),
    ]
}
