// SPDX-License-Identifier: Apache-2.0
// A failure with the handler's own word on what to do next.

/// A failure with the handler's own word on whether and when to try again.
public struct JobFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong; kept with the attempt, at most 8 KiB of it.
    public let message: String
    /// Whether another attempt makes sense.
    public let isRetryable: Bool
    /// The pause before it, instead of the job's own retry policy.
    public let retryAfter: Duration?

    /// Creates a failure.
    public init(_ message: String, isRetryable: Bool = true, retryAfter: Duration? = nil) {
        self.message = message
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    /// The message.
    public var description: String { message }

    /// A decoding error as one sentence that names the field.
    static func explain(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            "/" + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(place(context.codingPath)): \(context.debugDescription)"
        default: return String(describing: error)
        }
    }
}
