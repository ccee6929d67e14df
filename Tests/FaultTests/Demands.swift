// SPDX-License-Identifier: Apache-2.0
// Martlet: what tests ask of what they saw; a broken demand is thrown, so that the report follows.

import TestSupport

/// Throws unless something holds; the message says what did not.
func demand(_ holds: Bool, _ message: @autoclosure () -> String) throws {
    if !holds { throw ClusterFailure(message()) }
}

extension ClusterRecord {
    /// Throws unless every request was answered with an acknowledgement.
    func demandNoTrouble() throws {
        try demand(refusals.isEmpty, "\(refusals.count) requests were refused: \(refusals.prefix(3))")
        try demand(
            interruptions.isEmpty,
            "\(interruptions.count) requests broke off: \(interruptions.prefix(3))"
        )
        try demand(failures.isEmpty, "failures: \(failures.prefix(3))")
    }
}
