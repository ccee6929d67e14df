// SPDX-License-Identifier: Apache-2.0
// Martlet: the last words of a program.
internal import Synchronization

/// The end of a program's error output, at most 16 KiB of it.
final class ErrorTail: Sendable {
    private static let limit = 16 * 1_024
    private static let lines = 6

    private let bytes = Mutex<[UInt8]>([])

    func append(_ more: [UInt8]) {
        bytes.withLock { bytes in
            bytes += more
            if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        }
    }

    /// The last lines in one, for a message; empty when there are none.
    var message: String {
        let text = bytes.withLock { String(decoding: $0.suffix(Self.limit), as: UTF8.self) }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isASCII || $0 >= " " } }
        return lines.filter { !$0.isEmpty }.suffix(Self.lines).joined(separator: "; ")
    }
}
