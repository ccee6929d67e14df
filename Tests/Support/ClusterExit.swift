// SPDX-License-Identifier: Apache-2.0
// Martlet: how a process ended.

/// How a process ended.
public enum ClusterExit: Sendable, Equatable {
    /// It exited with a code.
    case code(Int32)
    /// A signal ended it.
    case signal(Int32)
}
