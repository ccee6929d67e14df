// SPDX-License-Identifier: Apache-2.0
// Martlet: writing RFC 3339 times without an allocation besides the caller's buffer.

extension Timestamp {
    /// RFC 3339 in UTC with 0...6 fractional digits (default 6; finer digits are cut off, not rounded).
    ///
    /// Times outside the years 0000...9999 are written as the nearest of the two ends.
    public func formatted(fractionDigits: Int = 6) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        write(into: &bytes, fractionDigits: fractionDigits)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what ``formatted(fractionDigits:)`` returns to a buffer.
    public func write(into bytes: inout [UInt8], fractionDigits: Int = 6) {
        let clamped = min(max(self, .earliest), .latest).microseconds
        let dayLength: Int64 = 86_400_000_000
        var day = clamped / dayLength
        var rest = clamped % dayLength
        if rest < 0 {
            rest += dayLength
            day -= 1
        }
        let date = CivilDate(daysSince1970: day)
        let seconds = rest / 1_000_000
        bytes.appendDigits(date.year, count: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(date.month, count: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(date.day, count: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDigits(Int(seconds / 3600), count: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(Int(seconds / 60 % 60), count: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(Int(seconds % 60), count: 2)
        let digits = min(max(fractionDigits, 0), 6)
        if digits > 0 {
            var fraction = Int(rest % 1_000_000)
            for _ in digits..<6 { fraction /= 10 }
            bytes.append(UInt8(ascii: "."))
            bytes.appendDigits(fraction, count: digits)
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension [UInt8] {
    /// Appends a non-negative number with leading zeros.
    fileprivate mutating func appendDigits(_ value: Int, count: Int) {
        var divisor = 1
        for _ in 0..<(count - 1) { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
