// SPDX-License-Identifier: Apache-2.0
// Martlet: the one place where a host name becomes addresses, as a protocol so that tests can play a hostile DNS.
internal import Platform

/// Looks up host names.
protocol NameResolver: Sendable {
    /// The addresses of a host in the order in which to try them, never empty; must return promptly when cancelled.
    ///
    /// Throws ``NameResolutionError`` or `CancellationError`.
    func addresses(of host: String) async throws -> [IPAddress]
}

/// A host name that could not be looked up.
struct NameResolutionError: Error, Sendable, CustomStringConvertible {
    /// The resolver's own words.
    let reason: String

    var description: String { "the host name can't be resolved: \(reason)" }
}
