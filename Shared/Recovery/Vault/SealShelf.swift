// SPDX-License-Identifier: Apache-2.0
// Martlet: the keys of volumes that are being read.
internal import Synchronization

/// The last few volumes' seals, so that a volume's header is fetched once and not for each of its chunks.
final class SealShelf: Sendable {
    private static let room = 64
    private let seals = Mutex<[(number: UInt32, seal: FrameSeal)]>([])

    func seal(_ number: UInt32) -> FrameSeal? {
        seals.withLock { $0.first { $0.number == number }?.seal }
    }

    func keep(_ seal: FrameSeal, _ number: UInt32) {
        seals.withLock { seals in
            if seals.count >= Self.room { seals.removeFirst() }
            seals.append((number, seal))
        }
    }
}
