// SPDX-License-Identifier: Apache-2.0
// Martlet: waiting for what a program prints.

import FoundationEssentials

extension Lab {
    /// Waits until a line of a program's output is `word`.
    func waitForWord(_ word: String, from process: ChildProcess, log: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let data = FileManager.default.contents(atPath: folder.path(log)) ?? Data()
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            if lines.contains(where: { $0 == word }) { return }
            if let status = process.exitStatus {
                throw BenchError(.program, "\(process.name) ended with \(status):\n\(folder.tail(log))")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        await process.stop()
        throw BenchError(.timeout, "\(process.name) did not print \"\(word)\":\n\(folder.tail(log))")
    }
}
