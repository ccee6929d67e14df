// SPDX-License-Identifier: Apache-2.0
// Martlet: the beginning of a volume.

/// What stands at the beginning of a volume, all numbers big-endian.
///
/// ```
/// 0     8  MARTLETV
/// 8     2  version, 1
/// 10    1  protection: 0 checksums, 1 AES-256-GCM
/// 11    1  length of the backup's id
/// 12    n  the backup's id
/// 12+n  4  number of the volume, from 1
/// 16+n 16  salt of the key, random
/// 32+n     frames (FrameHeader), numbered from 0; the last is an end frame
/// ```
struct VolumeHeader: Sendable {
    private static let magic = Array("MARTLETV".utf8)
    private static let version: UInt16 = 1

    let isEncrypted: Bool
    let backup: BackupID
    let number: UInt32
    let salt: [UInt8]

    init(isEncrypted: Bool, backup: BackupID, number: UInt32, salt: [UInt8]) {
        self.isEncrypted = isEncrypted
        self.backup = backup
        self.number = number
        self.salt = salt
    }

    /// Bytes that the header of a backup's volumes has.
    static func size(for backup: BackupID) -> Int { 16 + backup.description.utf8.count + FrameSeal.saltSize }

    /// Reads a header.
    init(_ cursor: inout ByteCursor) throws(FormatFault) {
        guard let magic = cursor.take(8), magic.elementsEqual(Self.magic) else {
            throw FormatFault("it does not begin as a volume does")
        }
        guard let version = cursor.number(UInt16.self), version == Self.version else {
            throw FormatFault("a volume of a version that this program does not know; it knows 1")
        }
        guard let protection = cursor.number(UInt8.self), protection <= 1, let length = cursor.number(UInt8.self),
            let text = cursor.take(Int(length)), let backup = BackupID(String(decoding: text, as: UTF8.self)),
            let number = cursor.number(UInt32.self), let salt = cursor.take(FrameSeal.saltSize)
        else { throw FormatFault("the header of the volume is damaged") }
        self.init(isEncrypted: protection == 1, backup: backup, number: number, salt: Array(salt))
    }

    var encoded: [UInt8] {
        let id = Array(backup.description.utf8)
        var bytes = Self.magic
        bytes.append(bigEndian: Self.version)
        bytes.append(isEncrypted ? 1 : 0)
        bytes.append(UInt8(id.count))
        bytes.append(contentsOf: id)
        bytes.append(bigEndian: number)
        bytes.append(contentsOf: salt)
        return bytes
    }

    /// What seals and opens this volume's frames.
    func seal(by key: DataKey?) -> FrameSeal {
        FrameSeal(secret: isEncrypted ? key?.secret : nil, salt: salt, identity: encoded)
    }
}
