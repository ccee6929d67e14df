// SPDX-License-Identifier: Apache-2.0
// Martlet: what the program can be asked to do.

/// The word after the program's name.
enum APICommand: String, CaseIterable {
    /// Answer requests; the default.
    case serve
    /// Bring the database to the newest schema, and end.
    case migrate
    /// Ask the one that runs here whether it is ready, and end.
    case health
}
