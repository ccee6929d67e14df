// SPDX-License-Identifier: Apache-2.0
// Martlet: what opens any part of a volume, besides the data key.

/// A volume and the salt of its key, 60 bytes when written: with it no reader has to fetch the volume's header first.
///
/// ```
/// 0   4  number of the volume
/// 4   8  bytes of the volume
/// 12 32  SHA-256 of the volume
/// 44 16  salt
/// ```
struct VolumeRecord: Hashable, Sendable {
    let summary: VolumeSummary
    let salt: [UInt8]

    init(summary: VolumeSummary, salt: [UInt8]) {
        self.summary = summary
        self.salt = salt
    }

    /// Reads a record; nil when bytes are missing.
    init?(_ cursor: inout ByteCursor) {
        guard let number = cursor.number(UInt32.self), let size = cursor.number(UInt64.self),
            size <= UInt64(Int64.max), let sum = cursor.sum(), let salt = cursor.take(FrameSeal.saltSize)
        else { return nil }
        self.init(summary: VolumeSummary(number: number, size: Int64(size), sum: sum), salt: Array(salt))
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: summary.number)
        bytes.append(bigEndian: UInt64(summary.size))
        bytes.append(contentsOf: summary.sum.bytes)
        bytes.append(contentsOf: salt)
    }

    /// What opens the volume's frames.
    func seal(of backup: BackupID, by key: DataKey?) -> FrameSeal {
        VolumeHeader(isEncrypted: key != nil, backup: backup, number: summary.number, salt: salt).seal(by: key)
    }
}
