// SPDX-License-Identifier: Apache-2.0
// Martlet: an answer that is written once for each change, and lent to all who ask.

internal import Synchronization
internal import Web

/// Keeps one answer for as long as what it shows stays the same.
final class ChangingAnswer: Sendable {
    private struct State {
        var key = ""
        var mark = ""
        var answer: StoredAnswer?
    }

    private let state = Mutex(State())

    /// The answer that is true at present; one caller writes it, under the lock, while all who ask in the same moment wait for it.
    ///
    /// - Parameters:
    ///   - key: Says at no cost that nothing at all happened: while it stays, so does the answer.
    ///   - mark: Says at some cost what is shown: the answer is written anew only when it differs.
    func current(_ key: String, mark: () -> String, write: (_ tag: String) -> StoredAnswer) -> StoredAnswer {
        state.withLock { state in
            if state.key == key, let answer = state.answer { return answer }
            let mark = mark()
            state.key = key
            if state.mark == mark, let answer = state.answer { return answer }
            let answer = write("W/\"\(mark)\"")
            state.mark = mark
            state.answer = answer
            return answer
        }
    }
}
