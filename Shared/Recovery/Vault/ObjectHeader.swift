// SPDX-License-Identifier: Apache-2.0
// Martlet: the beginning of a sealed object.
internal import Crypto

/// What stands at the beginning of a sealed object, all numbers big-endian.
///
/// ```
/// 0     8  MARTLETO
/// 8     2  version, 1
/// 10    1  protection: 0 checksums, 1 AES-256-GCM by a ring key, 2 AES-256-GCM by the backup's data key
/// 11    1  length of the ring key's id, else 0
/// 12    n  the ring key's id
/// 12+n  8  the ring key's fingerprint, else 0
/// 20+n 16  salt of the key, random
/// 36+n     frames (FrameHeader): one of facts, then chunks, then an end frame
/// ```
/// The object's name is not in it, but the key and the tags depend on it.
struct ObjectHeader: Sendable {
    private static let magic = Array("MARTLETO".utf8)
    private static let version: UInt16 = 1

    let protection: ObjectProtection
    let salt: [UInt8]

    init(protection: ObjectProtection) {
        self.protection = protection
        salt = FrameSeal.randomSalt()
    }

    init(_ cursor: inout ByteCursor) throws(FormatFault) {
        guard let magic = cursor.take(8), magic.elementsEqual(Self.magic) else {
            throw FormatFault("it does not begin as a sealed object does")
        }
        guard let version = cursor.number(UInt16.self), version == Self.version else {
            throw FormatFault("a sealed object of a version that this program does not know; it knows 1")
        }
        guard let kind = cursor.number(UInt8.self), let length = cursor.number(UInt8.self),
            let id = cursor.take(Int(length)), let fingerprint = cursor.take(8),
            let salt = cursor.take(FrameSeal.saltSize),
            let protection = ObjectProtection(kind: kind, id: id, fingerprint: fingerprint)
        else { throw FormatFault("the header of the object is damaged") }
        self.protection = protection
        self.salt = Array(salt)
    }

    var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.append(bigEndian: Self.version)
        protection.append(to: &bytes)
        bytes.append(contentsOf: salt)
        return bytes
    }
}
