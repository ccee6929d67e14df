// SPDX-License-Identifier: Apache-2.0
// Martlet: one answer of a mail server.

/// A code and its lines.
struct SMTPReply: Equatable {
    /// 200...599.
    var code: Int
    var lines: [String]

    /// Code and text as one line of at most 200 bytes.
    var oneLine: String { "\(code) \(lines.joined(separator: " "))".singleLine(bytes: 200) }

    var isSuccess: Bool { (200..<300).contains(code) }
    var isRetryable: Bool { (400..<500).contains(code) }
}
