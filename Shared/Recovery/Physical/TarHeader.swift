// SPDX-License-Identifier: Apache-2.0
// Martlet: the 512 bytes before each entry of a tar archive, as POSIX 1003.1-1988 (ustar) and PostgreSQL write them.

/// Reads headers.
enum TarHeader {
    static let size = 512

    /// Reads a header; nil for a block of zeros, which stands at an archive's end.
    /// - Throws: `.damaged` for what is no header, `.request` for a kind of entry that PostgreSQL doesn't write.
    static func read(_ block: Span<UInt8>) throws(RecoveryError) -> TarEntry? {
        var (sum, stored) = (0, 0)
        for index in 0..<size {
            // The checksum's own field counts as spaces.
            sum += (148..<156).contains(index) ? 32 : Int(block[index])
            stored |= Int(block[index])
        }
        if stored == 0 { return nil }
        guard let checksum = number(block, 148..<156), checksum == sum else {
            throw RecoveryError(.damaged, "a tar header has a wrong checksum")
        }
        guard let mode = number(block, 100..<108), let length = number(block, 124..<136) else {
            throw RecoveryError(.damaged, "a tar header has a number that is none")
        }
        var path = text(block, 0..<100)
        let prefix = block[257] == UInt8(ascii: "u") ? text(block, 345..<500) : ""
        if !prefix.isEmpty { path = "\(prefix)/\(path)" }
        let kind: TarEntry.Kind
        switch block[156] {
        case UInt8(ascii: "0"), 0: kind = .file
        case UInt8(ascii: "5"): kind = .folder
        case UInt8(ascii: "2"): kind = .link(to: text(block, 157..<257))
        default: throw RecoveryError(.request, "a tar entry of kind \(block[156]) is not supported")
        }
        // PostgreSQL names some folders `./pg_wal`.
        while path.hasPrefix("./") { path.removeFirst(2) }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return TarEntry(path: path, kind: kind, size: kind == .file ? length : 0, mode: UInt32(mode & 0o7777))
    }

    private static func text(_ block: Span<UInt8>, _ field: Range<Int>) -> String {
        var bytes: [UInt8] = []
        for index in field {
            if block[index] == 0 { break }
            bytes.append(block[index])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Octal digits; or, for 8 GiB and more, a byte 0x80 and the number in network order.
    private static func number(_ block: Span<UInt8>, _ field: Range<Int>) -> Int64? {
        var value: Int64 = 0
        if block[field.lowerBound] == 0x80 {
            for index in field.dropFirst() {
                guard value < 1 << 55 else { return nil }
                value = value << 8 | Int64(block[index])
            }
            return value
        }
        var hasEnded = false
        for index in field {
            switch block[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "7") where !hasEnded:
                value = value << 3 | Int64(block[index] - UInt8(ascii: "0"))
            case UInt8(ascii: " ") where value == 0 && !hasEnded: continue
            case 0, UInt8(ascii: " "): hasEnded = true
            default: return nil
            }
        }
        return value
    }
}
