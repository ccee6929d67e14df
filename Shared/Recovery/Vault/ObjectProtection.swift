// SPDX-License-Identifier: Apache-2.0
// Martlet: which key closes a sealed object.

/// How a sealed object is protected, as its header says.
enum ObjectProtection: Hashable, Sendable {
    /// By checksums, which show damage only.
    case none
    /// By a key of the ring.
    case ring(id: String, fingerprint: String)
    /// By the data key of the backup that it is a part of.
    case backup

    init?(kind: UInt8, id: some Collection<UInt8>, fingerprint: some Collection<UInt8>) {
        let isEmpty = id.isEmpty && fingerprint.allSatisfy { $0 == 0 }
        switch kind {
        case 0 where isEmpty: self = .none
        case 1: self = .ring(id: String(decoding: id, as: UTF8.self), fingerprint: Array(fingerprint).hex)
        case 2 where isEmpty: self = .backup
        default: return nil
        }
    }

    func append(to bytes: inout [UInt8]) {
        let none = [UInt8](repeating: 0, count: 8)
        switch self {
        case .none: bytes.append(contentsOf: [0, 0] + none)
        case .ring(let id, let fingerprint):
            bytes.append(contentsOf: [1, UInt8(id.utf8.count)] + Array(id.utf8))
            bytes.append(contentsOf: [UInt8](hex: fingerprint) ?? none)
        case .backup: bytes.append(contentsOf: [2, 0] + none)
        }
    }
}
