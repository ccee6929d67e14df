// SPDX-License-Identifier: Apache-2.0
// Martlet: what a scratch server said, bounded.
internal import Synchronization

/// Gathers a server's log: its last lines, and the first ones that tell of trouble.
final class ServerLog: Sendable {
    private struct State {
        var line: [UInt8] = []
        var last: [String] = []
        var trouble: [String] = []
    }

    private static let lines = 60
    private static let troubles = 20
    private static let longestLine = 1_000
    private static let marks = ["FATAL:", "PANIC:", "ERROR:", "HINT:", "DETAIL:", "WARNING:"]

    private let state = Mutex(State())

    func append(_ bytes: [UInt8]) {
        state.withLock { state in
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    if state.line.count < Self.longestLine { state.line.append(byte) }
                    continue
                }
                Self.end(&state)
            }
        }
    }

    private static func end(_ state: inout State) {
        defer { state.line.removeAll(keepingCapacity: true) }
        let text = String(decoding: state.line, as: UTF8.self)
        let line = String(text.unicodeScalars.filter { $0.value >= 32 }.map(Character.init))
        guard !line.isEmpty else { return }
        if state.last.count == lines { state.last.removeFirst() }
        state.last.append(line)
        if state.trouble.count < troubles, marks.contains(where: line.hasPrefix) { state.trouble.append(line) }
    }

    /// What went wrong by its own words, or its last lines when it had none; at most six.
    var message: String {
        state.withLock { state in
            let grave = state.trouble.filter { !$0.hasPrefix("WARNING:") }
            let lines = grave.isEmpty ? state.last.suffix(6) : grave.prefix(6)
            return lines.joined(separator: "; ")
        }
    }

    /// The last lines.
    var tail: [String] { state.withLock(\.last) }
}
