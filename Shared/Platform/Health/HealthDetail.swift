// SPDX-License-Identifier: Apache-2.0
// Martlet: one figure of a health finding.

/// A detail of a finding.
public enum HealthDetail: Sendable, Hashable {
    /// A whole number.
    case int(Int)
    /// A number.
    case double(Double)
    /// A text.
    case string(String)
    /// Yes or no.
    case bool(Bool)
}
