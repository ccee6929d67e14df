// SPDX-License-Identifier: Apache-2.0
// Martlet: strict reading of RFC 3339 times.

extension Timestamp {
    /// Reads RFC 3339: `2026-01-31T08:09:10Z`, with 0...9 fractional digits and `Z` or an offset such as `+02:00`.
    ///
    /// Digits beyond microseconds are cut off. Refused with ``PlatformError`` `invalidText`: dates that do not exist, a
    /// missing
    /// offset, a leap second (`:60`), and results outside the years 0000...9999.
    public init(parsing text: String) throws(PlatformError) {
        guard let parsed = Timestamp(rfc3339: text.utf8) else {
            throw PlatformError(.invalidText, "not an RFC 3339 time such as 2026-01-31T08:09:10Z")
        }
        self = parsed
    }

    /// Reads RFC 3339 from bytes; nil when ``init(parsing:)`` would throw.
    public init?(rfc3339 bytes: some Sequence<UInt8>) {
        var reader = Reader(bytes.makeIterator())
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T", or: "t"), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            hour < 24, minute < 60, second < 60, let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var fraction = 0
        if reader.next == UInt8(ascii: ".") {
            reader.advance()
            var count = 0
            while let digit = reader.digits(1) {
                count += 1
                guard count <= 9 else { return nil }
                if count <= 6 { fraction = fraction * 10 + digit }
            }
            guard count > 0 else { return nil }
            for _ in min(count, 6)..<6 { fraction *= 10 }
        }
        var offset = 0
        if !reader.take("Z", or: "z") {
            let sign = reader.next == UInt8(ascii: "-") ? -1 : 1
            guard reader.take("+", or: "-"), let hours = reader.digits(2), reader.take(":"),
                let minutes = reader.digits(2), hours < 24, minutes < 60
            else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard reader.next == nil else { return nil }
        let seconds = date.daysSince1970 * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
        let result = Timestamp(microseconds: seconds * 1_000_000 + Int64(fraction))
        guard result >= .earliest, result <= .latest else { return nil }
        self = result
    }

    private struct Reader<Bytes: IteratorProtocol<UInt8>> {
        private var bytes: Bytes
        private(set) var next: UInt8?

        init(_ bytes: Bytes) {
            self.bytes = bytes
            next = self.bytes.next()
        }

        mutating func advance() { next = bytes.next() }

        mutating func take(_ first: Unicode.Scalar, or second: Unicode.Scalar? = nil) -> Bool {
            guard let next, next == UInt8(ascii: first) || (second.map { next == UInt8(ascii: $0) } ?? false) else {
                return false
            }
            advance()
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            var value = 0
            for _ in 0..<count {
                guard let byte = next, byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
                advance()
            }
            return value
        }
    }
}
