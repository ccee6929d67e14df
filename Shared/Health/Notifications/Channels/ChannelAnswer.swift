// SPDX-License-Identifier: Apache-2.0
// Martlet: what a receiver answered to a notification.

/// The part of an HTTP response that decides what comes next.
public struct ChannelAnswer: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// The value of the `Retry-After` header.
    public var retryAfter: String?
    /// The start of the body; 4 KiB are enough.
    public var body: [UInt8]

    /// Makes an answer.
    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }

    /// The start of the body as one line, with a colon before it; empty when there is none.
    var excerpt: String {
        let text = String(decoding: body.prefix(1_000), as: UTF8.self).singleLine(bytes: 160)
        return text.allSatisfy(\.isWhitespace) ? "" : ": \(text)"
    }
}
