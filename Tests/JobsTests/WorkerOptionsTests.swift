// SPDX-License-Identifier: Apache-2.0
// A worker's options from its settings.

import Platform
import Testing

@testable import Jobs

@Suite struct WorkerOptionsTests {
    private func options(_ environment: [String: String]) throws -> WorkerOptions {
        let reader = SettingsReader(arguments: ["x"], environment: environment)
        let options = WorkerOptions(reader, shutdown: ShutdownSettings(reader), name: "mine")
        try reader.finish()
        return options
    }

    @Test func limitsForKindsAreRead() throws {
        let options = try options([
            "MARTLET_KIND_CONCURRENCY": "http.request=20, sleep=5", "MARTLET_RETENTION_DAYS": "90",
        ])
        #expect(options.kindConcurrency == ["http.request": 20, "sleep": 5])
        #expect(options.retentionDays == 90 && options.name == "mine")
        #expect(try self.options([:]).kindConcurrency.isEmpty)
    }

    @Test(arguments: ["sleep", "sleep=0", "=3", "sleep=x", "sleep=3=4", "a b=3"]) func badLimitsAreNamed(text: String) {
        #expect(throws: (any Error).self) { try options(["MARTLET_KIND_CONCURRENCY": text]) }
    }
}
