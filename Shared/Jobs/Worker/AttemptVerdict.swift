// SPDX-License-Identifier: Apache-2.0
// What follows from how a handler returned.

internal import FoundationEssentials

/// How a handler returned.
enum HandlerEnd: Sendable {
    case returned([UInt8]?)
    case threw(any Error)
}

extension AttemptResult {
    /// Decides what becomes of a job, given how its handler returned and why it had been told to stop, if it had.
    init(
        _ end: HandlerEnd,
        stop: InHand.Stop?,
        attempt: Int16,
        options: JobOptions,
        using generator: inout some RandomNumberGenerator
    ) {
        switch (end, stop) {
        case (.returned(let result?), _) where result.count > JobLimits.resultBytes:
            self = .discarded(
                .failed,
                error: "the result has \(result.count) bytes; at most \(JobLimits.resultBytes) are kept"
            )
        case (.returned(let result?), _) where !Self.isJSON(result):
            self = .discarded(.failed, error: "the handler's result is not JSON")
        case (.returned(let result), _):
            self = .completed(result: result)
        case (.threw(let snooze as JobSnooze), nil):
            self = .postponed(after: snooze.delay)
        case (.threw, .draining), (.threw, .overtaken):
            self = .postponed(after: .zero)
        case (.threw, .cancelled):
            self = .cancelled
        case (.threw, .timedOut):
            self = Self.next(.timedOut, "the attempt ran longer than its timeout", nil, attempt, options, &generator)
        case (.threw(let failure as JobFailure), nil):
            let error = Self.shortened(failure.message)
            if failure.isRetryable {
                self = Self.next(.failed, error, failure.retryAfter, attempt, options, &generator)
            } else {
                self = .discarded(.failed, error: error)
            }
        case (.threw(let error), nil):
            self = Self.next(.failed, Self.shortened(String(describing: error)), nil, attempt, options, &generator)
        }
    }

    private static func next(
        _ outcome: AttemptOutcome,
        _ error: String,
        _ pause: Duration?,
        _ attempt: Int16,
        _ options: JobOptions,
        _ generator: inout some RandomNumberGenerator
    ) -> AttemptResult {
        guard Int(attempt) < options.maxAttempts else { return .discarded(outcome, error: error) }
        let pause = pause ?? options.retry.pause(afterAttempt: Int(attempt), using: &generator)
        return .retry(outcome, error: error, after: pause)
    }

    /// Whether these bytes may stand as a value in an answer of the API.
    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        struct Anything: Decodable {
            init(from decoder: any Decoder) {}
        }
        return (try? JSONDecoder().decode(Anything.self, from: Data(bytes))) != nil
    }

    /// Cut to what is kept, without NUL bytes, which the ledger's text can't hold.
    private static func shortened(_ text: String) -> String {
        let clean = text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
        guard clean.utf8.count > JobLimits.errorBytes else { return clean }
        return String(decoding: clean.utf8.prefix(JobLimits.errorBytes - 3), as: UTF8.self) + "…"
    }
}
