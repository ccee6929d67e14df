// SPDX-License-Identifier: Apache-2.0
// Martlet: what an answer means for the job, and for the receiver's circuit breaker.
internal import Jobs
internal import Platform
internal import Resilience

/// Success, or the failure to throw.
enum AnswerVerdict: Sendable {
    case success
    case failure(JobFailure)

    /// Judges by the expected statuses if there are any, else 2xx is success.
    init(_ answer: HTTPAnswer, expected: Set<Int>?, origin: HTTPOrigin, now: Timestamp) {
        let status = answer.status
        if expected?.contains(status) ?? (200..<300).contains(status) {
            self = .success
            return
        }
        let isRetryable: Bool
        var note = ""
        switch status {
        case 301, 308:
            isRetryable = false
            note = Self.redirect(answer)
        case 302, 303, 307:
            // A login page in front of a receiver that is being maintained looks like this, and passes.
            isRetryable = true
            note = Self.redirect(answer)
        case 408, 425, 429, 500...599: isRetryable = true
        case 200..<300:
            isRetryable = false
            note = " is not among the expected ones"
        default: isRetryable = false
        }
        let pause = isRetryable ? answer.retryAfter.flatMap { RetryAfter.pause($0, now: now) } : nil
        self = .failure(
            JobFailure(
                "\(origin) answered \(status)\(note)\(answer.excerpt)",
                isRetryable: isRetryable,
                retryAfter: pause
            )
        )
    }

    /// Whether the receiver itself is in trouble; a 4xx says that it is well.
    static func outcome(status: Int) -> CircuitBreakerState.Outcome { status >= 500 ? .failure : .success }

    private static func redirect(_ answer: HTTPAnswer) -> String {
        let place = answer.location.map { " to \($0.prefix(200).filter { $0.isASCII && !$0.isWhitespace })" } ?? ""
        return ", a redirect\(place), and redirects are not followed"
    }
}
