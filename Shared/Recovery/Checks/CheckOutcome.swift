// SPDX-License-Identifier: Apache-2.0
// Martlet: how a check can end.

/// How a check ended.
public enum CheckOutcome: String, CaseIterable, Codable, Sendable {
    /// The backup is good.
    case passed
    /// The backup is not: bytes are damaged or missing, or what was restored is not what was backed up.
    case damaged
    /// It says nothing of the backup: the check itself could not be done.
    case failed
}
