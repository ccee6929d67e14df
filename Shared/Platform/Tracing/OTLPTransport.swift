// SPDX-License-Identifier: Apache-2.0
// Martlet: how spans get to a collector; a program that has an HTTP client provides it.

/// Posts a body.
public protocol OTLPTransport: Sendable {
    /// Posts a body to a URL and returns the answer; throws when there is none within the timeout, or when the task is
    /// cancelled.
    func send(
        to url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async throws -> OTLPAnswer
}

/// A collector's answer.
public struct OTLPAnswer: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// When it wants to be asked again.
    public var retryAfter: Duration?

    /// `retryAfter` is the header as it came; only seconds are understood, a date counts as none.
    public init(status: Int, retryAfter: String? = nil) {
        self.status = status
        let seconds = retryAfter.flatMap { Int($0.trimmedWhitespace()) }
        self.retryAfter = seconds.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil }
    }
}
