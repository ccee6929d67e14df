// SPDX-License-Identifier: Apache-2.0
// Martlet: the five ways to name a moment, of which one may be used.

internal import Platform
internal import Postgres
internal import Recovery

/// Reads the target of a recovery.
struct RestoreTargets {
    /// The end of the log without any.
    private(set) var target = RecoveryTarget.latest

    init(_ reader: SettingsReader) {
        var given: [(key: String, target: RecoveryTarget)] = []
        func take(_ key: String, _ allowed: String, _ parse: (String) -> RecoveryTarget?) {
            guard let text = reader.string(key) else { return }
            guard let target = parse(text) else {
                reader.report(key, problem: "\"\(text.prefix(200))\" is not valid", allowed: allowed)
                return
            }
            given.append((key, target))
        }
        take("MARTLET_RESTORE_AT", "a time with its zone, such as 2026-11-28T14:05:00Z") { text in
            Self.time(text).map { .time($0) }
        }
        take("MARTLET_RESTORE_LSN", "a position such as 0/3000148") { text in LSN(text).map { .position($0) } }
        take("MARTLET_RESTORE_NAME", "a restore point's name of 1 to 63 bytes") { text in
            (1...63).contains(text.utf8.count) ? .name(text) : nil
        }
        take("MARTLET_RESTORE_XID", "a transaction's number") { text in UInt64(text).map { .transaction($0) } }
        if reader.bool("MARTLET_RESTORE_IMMEDIATE", default: false) {
            given.append(("MARTLET_RESTORE_IMMEDIATE", .immediate))
        }
        target = given.first?.target ?? .latest
        guard given.count > 1, let last = given.last else { return }
        reader.report(
            last.key,
            problem: "\(given.map(\.key).joined(separator: " and ")) name different moments",
            allowed: "one of them"
        )
    }

    /// Also as PostgreSQL shows times: with a space in place of the T, and an offset of whole hours such as `+00`.
    static func time(_ text: String) -> Timestamp? {
        var parts = text.split(separator: " ", maxSplits: 1).joined(separator: "T")
        let end = parts.utf8.suffix(3)
        if let sign = end.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), parts.contains(":") {
            parts += ":00"
        }
        return try? Timestamp(parsing: parts)
    }
}
