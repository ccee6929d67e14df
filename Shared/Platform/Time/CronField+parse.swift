// SPDX-License-Identifier: Apache-2.0
// Martlet: reading `*/5`, `1-5`, `MON,WED`, `15,L`.

extension CronField {
    /// Reads a field that starts at a column of the expression (from 1); errors name the field, the column and what is
    /// allowed.
    init(_ text: Substring, _ kind: Kind, column: Int) throws(PlatformError) {
        isStar = text.utf8.first == UInt8(ascii: "*")
        var column = column
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            try add(part, kind, column)
            column += part.count + 1
        }
        // 7 is another word for 0.
        if kind == .weekday, contains(7) { bits = bits & ~(1 << 7) | 1 }
    }

    private mutating func add(_ part: Substring, _ kind: Kind, _ column: Int) throws(PlatformError) {
        if kind == .day, part.uppercased() == "L" {
            hasLast = true
            return
        }
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let range = pieces.first else { throw Self.problem("is empty", kind, column) }
        var (low, high) = try Self.range(range, kind, column)
        var step = 1
        if pieces.count == 2 {
            let column = column + range.count + 1
            guard let number = Self.number(pieces[1]), (1...kind.range.upperBound).contains(number) else {
                let problem = "has the step \"\(Self.shown(pieces[1]))\""
                throw Self.problem(problem, kind, column, allowed: "a step from 1 to \(kind.range.upperBound)")
            }
            step = number
            // A single number with a step goes on to the end.
            if range != "*", !range.contains("-") { high = kind == .weekday ? max(low, 6) : kind.range.upperBound }
        }
        // Of `*` in weekdays 0...6, so that steps don't count Sunday twice.
        if range == "*", kind == .weekday { high = 6 }
        low = max(low, kind.range.lowerBound)
        for value in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(value) }
    }

    private static func range(_ text: Substring, _ kind: Kind, _ column: Int) throws(PlatformError) -> (Int, Int) {
        if text == "*" { return (kind.range.lowerBound, kind.range.upperBound) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let low = try value(ends[0], kind, column)
        guard ends.count == 2 else { return (low, low) }
        var high = try value(ends[1], kind, column + ends[0].count + 1)
        // FRI-SUN: by name Sunday is 0, and at the end of a range it is meant as 7.
        if kind == .weekday, high == 0, low > 0, ends[1].uppercased() == "SUN" { high = 7 }
        guard low <= high else {
            throw problem(
                "has the range \"\(shown(text))\", which falls",
                kind,
                column,
                allowed: "a range that rises; write two, such as 22-23,0-4"
            )
        }
        return (low, high)
    }

    private static func value(_ text: Substring, _ kind: Kind, _ column: Int) throws(PlatformError) -> Int {
        if let index = kind.names.firstIndex(of: text.uppercased()) {
            return kind == .month ? index + 1 : index
        }
        guard let number = number(text), kind.range.contains(number) else {
            let problem = text.isEmpty ? "has an empty part" : "has \"\(shown(text))\""
            throw Self.problem(problem, kind, column)
        }
        return number
    }

    /// One or two digits.
    private static func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func shown(_ text: Substring) -> String {
        String(text.prefix(20).map { $0.isASCII && $0 >= " " && $0 != "\u{7F}" ? $0 : "?" })
    }

    private static func problem(_ what: String, _ kind: Kind, _ column: Int, allowed: String? = nil) -> PlatformError {
        PlatformError(
            .invalidText,
            "the field \(kind.rawValue) \(what) at column \(column); allowed: \(allowed ?? kind.allowed)"
        )
    }
}
