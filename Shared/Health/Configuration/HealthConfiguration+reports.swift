// SPDX-License-Identifier: Apache-2.0
// Martlet: who may report under a name.

internal import Crypto
internal import Platform

extension HealthConfiguration {
    /// Whether a report is taken.
    public enum ReportAccess: Sendable, Equatable {
        /// It is.
        case allowed
        /// It has no token of its own: whoever may use the API may report.
        case open
        /// Its token is wrong or missing.
        case refused
        /// Nothing reports under this name.
        case unknown
    }

    /// Whether somebody with a token may report under a name; tokens are compared as digests, in constant time.
    public func mayReport(_ name: String, token: String?) -> ReportAccess {
        guard let expected = heartbeats[name] else { return .unknown }
        guard let expected else { return .open }
        return Self.isEqual(expected, token) ? .allowed : .refused
    }

    static func isEqual(_ expected: Secret, _ given: String?) -> Bool {
        guard let given else { return false }
        return SHA256.hash(data: Array(expected.reveal().utf8)) == SHA256.hash(data: Array(given.utf8))
    }
}
