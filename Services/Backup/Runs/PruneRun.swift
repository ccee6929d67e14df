// SPDX-License-Identifier: Apache-2.0
// Martlet: removes what nothing keeps.

internal import Recovery

/// Prunes.
struct PruneRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    func runAndShow() async throws(RecoveryError) {
        throw RecoveryError(.request, "retention is not built into this program yet")
    }
}
