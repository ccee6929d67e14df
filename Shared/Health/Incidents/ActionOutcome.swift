// SPDX-License-Identifier: Apache-2.0
// Martlet: what became of what an operator asked for.

/// What became of what an operator asked for.
public enum ActionOutcome: Sendable, Equatable {
    /// It is done.
    case done
    /// Whoever decides does it within seconds.
    case accepted
    /// There is no such incident, or it is in no state for it.
    case refused
}
