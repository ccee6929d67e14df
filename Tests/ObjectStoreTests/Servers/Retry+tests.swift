// SPDX-License-Identifier: Apache-2.0
// Martlet: how often tests try.
import Resilience

extension Retry {
    /// One attempt.
    static var once: Retry { Retry(attempts: 1, budget: RetryBudget()) }

    /// Several attempts without waits.
    static func quick(_ attempts: Int) -> Retry {
        Retry(attempts: attempts, backoff: .constant(.zero), budget: RetryBudget(ratio: 1, reserve: 100))
    }
}
