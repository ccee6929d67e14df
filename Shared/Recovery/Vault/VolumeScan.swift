// SPDX-License-Identifier: Apache-2.0
// Martlet: checks one volume.
internal import Crypto
internal import ObjectStore

/// Reads a volume from its first byte to its last: the SHA-256 of the whole, then each frame against the index.
struct VolumeScan {
    private let reader: BackupReader
    private let volume: VolumeSummary
    private let name: ObjectKey
    private var reports: [DamageReport] = []
    private var frames: [VolumeIndex.Frame]?

    init(_ volume: VolumeSummary, of reader: BackupReader) {
        self.volume = volume
        self.reader = reader
        name = reader.entry.path.volume(volume.number)
    }

    /// All that is wrong.
    /// - Throws: `.store`, `.cancelled`.
    mutating func run() async throws(RecoveryError) -> [DamageReport] {
        try await readIndex()
        do throws(RecoveryError) { try await readVolume() } catch {
            reports.append(try DamageReport(error, or: name))
        }
        return reports
    }

    private mutating func readIndex() async throws(RecoveryError) {
        let (path, number) = (reader.entry.path, volume.number)
        do throws(RecoveryError) {
            let index = try await VolumeIndex.load(
                number,
                at: path,
                in: reader.store,
                keys: reader.keys,
                data: reader.key
            )
            guard index.volume == volume else {
                throw FormatFault("it is not the index of this volume").error(in: path.volumeIndex(number))
            }
            frames = index.frames
        } catch {
            reports.append(try DamageReport(error, or: path.volumeIndex(number)))
        }
    }

    private mutating func readVolume() async throws(RecoveryError) {
        var parser = VolumeParser(volume.number, of: reader.entry.id, key: reader.key, frames: frames)
        var sum = SHA256()
        var size: Int64 = 0
        let download: any ObjectDownload
        do throws(ObjectStoreError) { download = try await reader.store.download(name, range: nil) } catch {
            throw RecoveryError(error)
        }
        do throws(RecoveryError) {
            while true {
                let part: [UInt8]?
                do throws(ObjectStoreError) { part = try await download.next() } catch { throw RecoveryError(error) }
                guard let part else { break }
                try await reader.pace.pass(part.count)
                size += Int64(part.count)
                let (before, state) = (sum, parser)
                (sum, parser) = try await reader.threads.run { codecs throws(RecoveryError) in
                    var (sum, parser) = (before, state)
                    sum.update(data: part)
                    parser.feed(part, codecs)
                    return (sum, parser)
                }
            }
        } catch {
            await download.close()
            throw error
        }
        await download.close()
        parser.end()
        let faults = parser.faults.map { DamageReport(object: name, offset: $0.offset, message: $0.message) }
        reports += faults
        if size != volume.size {
            let message = "it has \(size) bytes instead of \(volume.size)"
            reports.append(DamageReport(object: name, offset: nil, message: message))
        } else if SHA256Sum(sum.finalize()) != volume.sum {
            let message = "its SHA-256 is not the one that the entry says"
            reports.append(DamageReport(object: name, offset: nil, message: message))
        }
    }
}
