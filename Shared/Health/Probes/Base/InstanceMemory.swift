// SPDX-License-Identifier: Apache-2.0
// Martlet: which instances of a service were there a moment ago.

internal import Platform
internal import Synchronization

/// When each instance of a service was last found.
final class InstanceMemory: Sendable {
    /// How long one that vanished is remembered: ten minutes, and three intervals where these are longer.
    let span: Duration

    private let seen = Mutex<[String: Timestamp]>([:])

    /// Knows nobody yet.
    ///
    /// - Parameter interval: How often it is looked.
    init(interval: Duration) { span = max(.seconds(600), interval * 3) }

    /// Takes down who is there, and returns a part for each who was, and is not.
    ///
    /// - Parameter shown: Those who are not there, but have a part already.
    func vanished(present: Set<String>, shown: Set<String> = [], at now: Timestamp) -> [ProbeResult.Part] {
        seen.withLock { seen in
            for name in present { seen[name] = now }
            seen = seen.filter { now - $0.value < span }
            return seen.filter { !present.contains($0.key) && !shown.contains($0.key) }.sorted { $0.key < $1.key }
                .map { name, time in
                    ProbeResult.Part(
                        name: name,
                        status: .unknown,
                        reason: "vanished at \(time.formatted(fractionDigits: 0))",
                        vanishedAt: time
                    )
                }
        }
    }

    /// Takes over what another one knows.
    func resume(from other: InstanceMemory) {
        guard other !== self else { return }
        let known = other.seen.withLock { $0 }
        seen.withLock { $0.merge(known) { max($0, $1) } }
    }

    /// Takes over what an earlier process found.
    func resume(from observation: Observation) {
        seen.withLock { seen in
            for part in observation.parts {
                let time = part.vanishedAt ?? observation.at
                seen[part.name] = seen[part.name].map { max($0, time) } ?? time
            }
        }
    }
}
