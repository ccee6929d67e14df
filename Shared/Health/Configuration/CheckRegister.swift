// SPDX-License-Identifier: Apache-2.0
// Martlet: what the checks of a file name, whether they could be made or not.

internal import Platform

/// What is known of the checks while they are read.
struct CheckRegister {
    /// The identifiers.
    var names = NameRegister("check", field: "id")
    /// The groups that they are in.
    var groups: Set<String> = []
    /// The tokens of the heartbeats among them.
    var heartbeats: [String: Secret?] = [:]
}
