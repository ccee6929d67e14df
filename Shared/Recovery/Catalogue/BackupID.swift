// SPDX-License-Identifier: Apache-2.0
// Martlet: the name of a backup.
public import Platform

/// A backup's name: when it began, how it was made, and six random digits: `20261128T164500Z-physical-7f3ac2`.
///
/// Names of one system order by time. The random digits keep two runs of one second apart.
public struct BackupID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole name.
    public let description: String
    /// How it was made.
    public let method: BackupMethod

    /// Names a backup that begins now.
    public init(began: Timestamp, method: BackupMethod, random: UInt32 = .random(in: 0...0xFF_FFFF)) {
        let time = began.formatted().prefix(19).filter { $0 != "-" && $0 != ":" }
        let digits = String(random & 0xFF_FFFF, radix: 16)
        let padding = String(repeating: "0", count: 6 - digits.count)
        description = "\(time)Z-\(method.rawValue)-\(padding)\(digits)"
        self.method = method
    }

    /// Reads a name; nil if it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 16, parts[2].utf8.count == 6,
            let method = BackupMethod(rawValue: String(parts[1]))
        else { return nil }
        let time = Array(parts[0].utf8)
        guard time[8] == UInt8(ascii: "T"), time[15] == UInt8(ascii: "Z") else { return nil }
        for (index, byte) in time.enumerated() where index != 8 && index != 15 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        }
        let digits = parts[2].utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard digits else { return nil }
        description = text
        self.method = method
    }

    /// When the backup began, cut to a second; nil for a time that no calendar has.
    public var began: Timestamp? {
        let time = Array(description.prefix(15))
        let (date, day) = (String(time[..<8]), String(time[9...]))
        func part(_ text: String, _ start: Int, _ count: Int) -> Substring { text.dropFirst(start).prefix(count) }
        return try? Timestamp(
            parsing: "\(part(date, 0, 4))-\(part(date, 4, 2))-\(part(date, 6, 2))T"
                + "\(part(day, 0, 2)):\(part(day, 2, 2)):\(part(day, 4, 2))Z"
        )
    }

    /// Orders by the time of the beginning.
    public static func < (left: BackupID, right: BackupID) -> Bool { left.description < right.description }
}
