// SPDX-License-Identifier: Apache-2.0
// Martlet: what a program that only serves can be asked to do.

/// The word after the program's name.
public enum ServiceCommand: String, CaseIterable, Sendable {
    /// Serve; the default.
    case serve
    /// Ask the one that runs here whether it is ready, and end.
    case health
}
