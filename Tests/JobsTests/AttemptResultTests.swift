// SPDX-License-Identifier: Apache-2.0
// What becomes of a job, given how its handler returned.

import Testing

@testable import Jobs

@Suite struct AttemptResultTests {
    private func result(_ end: HandlerEnd, stop: InHand.Stop? = nil, attempt: Int16 = 1) -> AttemptResult {
        var generator = SystemRandomNumberGenerator()
        return AttemptResult(end, stop: stop, attempt: attempt, options: .standard, using: &generator)
    }

    @Test(arguments: [#"{"a":[1,2.5e3,null]}"#, "7", #""text""#, "null"])
    func jsonIsKept(text: String) {
        #expect(result(.returned(Array(text.utf8))) == .completed(result: Array(text.utf8)))
    }

    /// It would stand in the middle of the API's answers.
    @Test(arguments: ["ok", "{", "", #"{"a":1}}"#]) func whatIsNoJSONDiscards(text: String) {
        guard case .discarded(.failed, let error) = result(.returned(Array(text.utf8))) else {
            Issue.record("kept: \(text)")
            return
        }
        #expect(error.contains("JSON"))
    }

    @Test func givenBackAttemptsAreNotCounted() {
        #expect(result(.threw(JobFailure("x")), stop: .draining) == .postponed(after: .zero))
        #expect(result(.threw(JobSnooze(delay: .seconds(3)))) == .postponed(after: .seconds(3)))
    }

    @Test func theLastAttemptDiscards() {
        #expect(result(.threw(JobFailure("x")), attempt: 20) == .discarded(.failed, error: "x"))
        guard case .retry(.failed, error: "x", _) = result(.threw(JobFailure("x")), attempt: 19) else {
            Issue.record("no retry")
            return
        }
    }
}
