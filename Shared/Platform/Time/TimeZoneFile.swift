// SPDX-License-Identifier: Apache-2.0
// Martlet: reading the binary form of a time zone, TZif (RFC 9636), versions 2 to 4.

/// What a time zone file says.
struct TimeZoneFile: Sendable, Hashable {
    /// The longest file that is read; the longest of the database has some 4 KiB.
    static let maximumSize = 262_144

    /// Seconds since 1970 at which the offset may change, strictly rising.
    var changes: [Int64] = []
    /// The offset from each change on.
    var offsets: [Int] = []
    /// The offset before the first change.
    var firstOffset: Int
    /// The rule from the last change on; nil when the last offset stays.
    var rule: POSIXTimeZone?

    /// An offset that never changes.
    init(offset: Int) { firstOffset = offset }

    /// Throws ``PlatformError`` `file` with what is wrong with the bytes.
    init(bytes: [UInt8]) throws(PlatformError) {
        var reader = Reader(bytes: bytes)
        let old = try Header(&reader)
        guard old.version >= UInt8(ascii: "2") else {
            throw PlatformError(.file, "it is of version 1, with times of 32 bits; versions 2 to 4 are read")
        }
        try reader.skip(old.size(ofTime: 4))
        let header = try Header(&reader)
        // With leap seconds in the file all its times count them, and nothing else in the program does.
        guard header.leaps == 0 else { throw PlatformError(.file, "it counts leap seconds") }
        guard (1...256).contains(header.types) else { throw PlatformError(.file, "it has \(header.types) offsets") }
        for _ in 0..<header.times { changes.append(try reader.integer(8)) }
        let indices = try reader.take(header.times)
        var types: [Int] = []
        for _ in 0..<header.types {
            types.append(Int(Int32(truncatingIfNeeded: try reader.integer(4))))
            try reader.skip(2)
        }
        try reader.skip(header.characters + header.standards + header.universals)
        guard zip(changes, changes.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw PlatformError(.file, "its changes do not rise")
        }
        // The bounds of RFC 9636, section 3.2.
        guard types.allSatisfy({ (-89_999...93_599).contains($0) }) else {
            throw PlatformError(.file, "an offset is longer than a day")
        }
        guard indices.allSatisfy({ Int($0) < types.count }) else {
            throw PlatformError(.file, "a change names an offset that is not there")
        }
        offsets = indices.map { types[Int($0)] }
        firstOffset = types[0]
        rule = try Self.rule(reader.rest)
    }

    private static func rule(_ footer: ArraySlice<UInt8>) throws(PlatformError) -> POSIXTimeZone? {
        guard let first = footer.first, first == 0x0A, let end = footer.dropFirst().firstIndex(of: 0x0A) else {
            throw PlatformError(.file, "the rule at its end is missing")
        }
        let text = footer[(footer.startIndex + 1)..<end]
        if text.isEmpty { return nil }
        guard let rule = POSIXTimeZone(text) else {
            throw PlatformError(.file, "the rule at its end cannot be read: \(String(decoding: text, as: UTF8.self))")
        }
        return rule
    }

    private struct Header {
        let version: UInt8
        let universals: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        init(_ reader: inout Reader) throws(PlatformError) {
            guard try reader.take(4).elementsEqual("TZif".utf8) else {
                throw PlatformError(.file, "it is not a time zone file")
            }
            version = try reader.take(1).first ?? 0
            try reader.skip(15)
            universals = try reader.count()
            standards = try reader.count()
            leaps = try reader.count()
            times = try reader.count()
            types = try reader.count()
            characters = try reader.count()
        }

        func size(ofTime size: Int) -> Int {
            times * (size + 1) + types * 6 + characters + leaps * (size + 4) + standards + universals
        }
    }

    private struct Reader {
        private(set) var rest: ArraySlice<UInt8>

        init(bytes: [UInt8]) { rest = bytes[...] }

        mutating func take(_ count: Int) throws(PlatformError) -> ArraySlice<UInt8> {
            guard count <= rest.count else { throw PlatformError(.file, "it is cut off") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func skip(_ count: Int) throws(PlatformError) { _ = try take(count) }

        /// Big-endian; of 8 bytes signed.
        mutating func integer(_ size: Int) throws(PlatformError) -> Int64 {
            Int64(bitPattern: try take(size).reduce(0) { $0 << 8 | UInt64($1) })
        }

        /// No more than there are bytes: a wrong count must not ask for memory.
        mutating func count() throws(PlatformError) -> Int {
            let count = Int(try integer(4))
            guard count <= TimeZoneFile.maximumSize else { throw PlatformError(.file, "it is cut off") }
            return count
        }
    }
}
