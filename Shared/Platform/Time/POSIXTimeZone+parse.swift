// SPDX-License-Identifier: Apache-2.0
// Martlet: reading `CET-1CEST,M3.5.0,M10.5.0/3`.

extension POSIXTimeZone {
    /// Nil unless the text is a whole rule; hours of changes may be -167...167 as in version 3 of the file format.
    init?(_ text: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(text))
        guard reader.name(), let west = reader.time(hours: 0...24) else { return nil }
        offset = -west
        guard !reader.isAtEnd else { return }
        guard reader.name() else { return nil }
        var summerOffset = offset + 3600
        if reader.next != UInt8(ascii: ",") {
            guard let west = reader.time(hours: 0...24) else { return nil }
            summerOffset = -west
        }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        summer = Summer(offset: summerOffset, start: start, end: end)
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var next: UInt8? { index < bytes.count ? bytes[index] : nil }
        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        /// Three letters or more, or `<` letters, digits and signs `>`.
        mutating func name() -> Bool {
            let isQuoted = take("<")
            let start = index
            while let byte = next {
                let isLetter = (0x41...0x5A).contains(byte & 0xDF)
                let isOther = (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                guard isLetter || (isQuoted && isOther) else { break }
                index += 1
            }
            return index - start >= 3 && index - start <= 31 && (!isQuoted || take(">"))
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value = 0
            let start = index
            while let byte = next, (0x30...0x39).contains(byte), index - start < 4 {
                value = value * 10 + Int(byte - 0x30)
                index += 1
            }
            return index > start && range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(hours: ClosedRange<Int>) -> Int? {
            let sign = take("-") ? -1 : 1
            if sign > 0 { _ = take("+") }
            guard let hour = number(hours) else { return nil }
            var value = hour * 3600
            if take(":") {
                guard let minute = number(0...59) else { return nil }
                value += minute * 60
                if take(":") {
                    guard let second = number(0...59) else { return nil }
                    value += second
                }
            }
            return sign * value
        }

        mutating func change() -> Change? {
            guard take(",") else { return nil }
            let day: Day
            if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .weekday(month: month, week: week, weekday: weekday)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ordinal(number)
            }
            guard take("/") else { return Change(day: day, time: 7200) }
            guard let time = time(hours: 0...167) else { return nil }
            return Change(day: day, time: time)
        }
    }
}
