// SPDX-License-Identifier: Apache-2.0
// Martlet: what happens after the last test.

import TestSupport
import Testing

/// Ends the cluster after the last test.
struct FaultScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await function()) } catch { result = .failure(error) }
        await FaultShelf.shared.drop()
        await Cluster.forget()
        try result.get()
    }
}
