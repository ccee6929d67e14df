// SPDX-License-Identifier: Apache-2.0
// Martlet: lets a few databases be created at a time.

/// A counting gate for `TestDatabase.create`.
actor CreationGate {
    static let shared = CreationGate()

    private var free = 3
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        await withCheckedContinuation { place in
            guard free == 0 else {
                free -= 1
                return place.resume()
            }
            waiting.append(place)
        }
    }

    /// Hands the place to the next in line, or frees it.
    func leave() {
        guard !waiting.isEmpty else { return free += 1 }
        waiting.removeFirst().resume()
    }
}
