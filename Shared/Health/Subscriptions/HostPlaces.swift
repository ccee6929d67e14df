// SPDX-License-Identifier: Apache-2.0
// Martlet: strangers' servers that are waited for at once.

internal import Jobs
internal import Synchronization

/// Lets only so many requests to a host run at once, and only so many challenges; others come later, and hold no place meanwhile.
final class HostPlaces: Sendable {
    /// Requests to one host.
    static let each = 2
    /// Challenges to all hosts.
    static let challenges = 4

    private let taken = Mutex<(hosts: [String: Int], challenges: Int)>(([:], 0))

    /// Runs `body` if there is room for it, or throws a snooze, which is no attempt.
    func use<Value: Sendable>(
        _ host: String,
        isChallenge: Bool = false,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard enter(host, isChallenge) else { throw JobSnooze(delay: .milliseconds(Int.random(in: 500...2_500))) }
        defer { leave(host, isChallenge) }
        return try await body()
    }

    private func enter(_ host: String, _ isChallenge: Bool) -> Bool {
        taken.withLock { taken in
            guard taken.hosts[host, default: 0] < Self.each, !isChallenge || taken.challenges < Self.challenges else {
                return false
            }
            taken.hosts[host, default: 0] += 1
            if isChallenge { taken.challenges += 1 }
            return true
        }
    }

    private func leave(_ host: String, _ isChallenge: Bool) {
        taken.withLock { taken in
            let left = taken.hosts[host, default: 1] - 1
            taken.hosts[host] = left == 0 ? nil : left
            if isChallenge { taken.challenges -= 1 }
        }
    }
}
