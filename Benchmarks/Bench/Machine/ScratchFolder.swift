// SPDX-License-Identifier: Apache-2.0
// Martlet: a folder for the logs of what a run starts.

import FoundationEssentials

/// A temporary folder.
struct ScratchFolder: Sendable {
    let path: String

    init() throws(BenchError) {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        path = "\(base)/martlet-bench.\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw BenchError(.surroundings, "the folder \(path) can't be made")
        }
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// The last lines of a file, to show why a program failed.
    func tail(_ name: String, lines: Int = 12) -> String {
        guard let data = FileManager.default.contents(atPath: path(name)) else { return "(\(name) was not written)" }
        let all = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return all.suffix(lines).map { "    \($0)" }.joined(separator: "\n")
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
