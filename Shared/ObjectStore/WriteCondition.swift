// SPDX-License-Identifier: Apache-2.0
// Martlet: what must hold for an object to be written.

/// When an object may be written.
public enum WriteCondition: Hashable, Sendable {
    /// Always; replaces what has the name.
    case always
    /// Only if nothing has the name, decided by the store in one step; `.exists` otherwise.
    case absent
}
