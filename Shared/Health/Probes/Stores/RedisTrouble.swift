// SPDX-License-Identifier: Apache-2.0
// Martlet: errors of the Redis client in words.
internal import Redis

/// What an error of the client says about the server.
enum RedisTrouble {
    static func failure(_ error: RedisError, _ timeout: Duration, _ phase: ProbePhase) -> ProbeFailure {
        switch error.code {
        case .configuration: return ProbeFailure("Redis: \(error.message)", status: .unknown)
        case .cancelled: return .cancelled
        case .timeout: return .timedOut(after: timeout, phase)
        // These tell of the server and of the user, and hold nothing that was sent.
        case .server: return ProbeFailure("Redis answers \(error.message)")
        case .unexpectedReply: return ProbeFailure("Redis: \(error.message)")
        default: break
        }
        var cause: (any Error)? = error.cause
        while let below = cause as? RedisError {
            if below.code == .timeout { return .timedOut(after: timeout, phase) }
            guard let next = below.cause else { return ProbeFailure("Redis: \(below.message)") }
            cause = next
        }
        guard let cause else { return ProbeFailure("Redis: \(error.message)") }
        return NetworkTrouble.failure(cause)
    }
}
