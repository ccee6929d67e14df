// SPDX-License-Identifier: Apache-2.0
// Martlet: PostgreSQL's backup_manifest: which files a backup has, with sizes and checksums.
internal import Crypto
internal import FoundationEssentials

/// The files of a base backup as the server stated them.
struct BackupManifest: Sendable {
    struct File: Hashable, Sendable {
        let size: Int64
        let algorithm: String?
        let checksum: String?
    }

    /// The files by their paths below the data folder.
    private(set) var files: [String: File] = [:]

    private struct Line: Decodable {
        let path: String?
        let encodedPath: String?
        let size: Int64
        let algorithm: String?
        let checksum: String?

        enum CodingKeys: String, CodingKey {
            case path = "Path"
            case encodedPath = "Encoded-Path"
            case size = "Size"
            case algorithm = "Checksum-Algorithm"
            case checksum = "Checksum"
        }
    }

    /// Reads a manifest, which has one file a line, and checks its own checksum.
    /// - Throws: `.damaged`.
    init(_ bytes: [UInt8]) throws(RecoveryError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let last = lines.last, let version = lines.first,
            version.starts(with: "{ \"PostgreSQL-Backup-Manifest-Version\": ".utf8)
        else { throw RecoveryError(.damaged, "the backup's manifest is none") }
        let digest = SHA256.hash(data: bytes[..<last.startIndex])
        let stated = "\"Manifest-Checksum\": \"\(FileChecksum.hexadecimal([UInt8](digest)))\"}"
        guard last.elementsEqual(stated.utf8) else {
            throw RecoveryError(.damaged, "the backup's manifest has a wrong checksum")
        }
        let decoder = JSONDecoder()
        for line in lines where line.starts(with: "{ \"Path\"".utf8) || line.starts(with: "{ \"Encoded-Path\"".utf8) {
            let object = line.last == UInt8(ascii: ",") ? line.dropLast() : line
            guard let file = try? decoder.decode(Line.self, from: Data(object)),
                let path = file.path ?? file.encodedPath.flatMap(Self.decoded)
            else { throw RecoveryError(.damaged, "a line of the backup's manifest is not understood") }
            files[path] = File(size: file.size, algorithm: file.algorithm, checksum: file.checksum)
        }
    }

    /// A path that is not UTF-8 is written in hexadecimal.
    private static func decoded(_ hexadecimal: String) -> String? {
        let digits = hexadecimal.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == hexadecimal.utf8.count, digits.count % 2 == 0 else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
