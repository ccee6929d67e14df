// SPDX-License-Identifier: Apache-2.0
// Martlet: the index of a backup.

/// All volumes and archives, sealed as one object when a backup ends.
///
/// ```
/// 2 version, 1 · 4 volumes, 60 bytes each (VolumeRecord)
/// 4 archives, each: 2 length of the name, the name, 8 bytes, 32 SHA-256,
///   4 lists, a reference of 52 bytes each · 4 references, 52 bytes each
/// ```
struct BackupIndex: Hashable, Sendable {
    private static let version: UInt16 = 1
    /// Archives that a backup may have.
    static let mostArchives = 200_000
    /// Bytes that a stored index may have.
    static let longest = SealedObject.largest + (1 << 20)

    let records: [VolumeRecord]
    let archives: [ArchiveIndex]

    /// The volumes, by number.
    var volumes: [VolumeSummary] { records.map(\.summary) }

    init(records: [VolumeRecord], archives: [ArchiveIndex]) {
        self.records = records
        self.archives = archives
    }

    init(_ bytes: [UInt8]) throws(FormatFault) {
        var cursor = ByteCursor(bytes)
        let damaged = FormatFault("the index of the backup is damaged")
        guard let version = cursor.number(UInt16.self), version == Self.version else {
            throw FormatFault("an index of a version that this program does not know; it knows 1")
        }
        guard let count = cursor.number(UInt32.self) else { throw damaged }
        var records: [VolumeRecord] = []
        for _ in 0..<count {
            guard let record = VolumeRecord(&cursor) else { throw damaged }
            records.append(record)
        }
        guard let count = cursor.number(UInt32.self) else { throw damaged }
        var archives: [ArchiveIndex] = []
        for _ in 0..<count {
            guard let archive = ArchiveIndex(&cursor) else { throw damaged }
            archives.append(archive)
        }
        guard cursor.left == 0 else { throw damaged }
        self.init(records: records, archives: archives)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: UInt32(records.count))
        for record in records { record.append(to: &bytes) }
        bytes.append(bigEndian: UInt32(archives.count))
        for archive in archives { archive.append(to: &bytes) }
        return bytes
    }
}
