// SPDX-License-Identifier: Apache-2.0
// Martlet: the name of a stream of bytes within a backup.

/// A name such as `base.tar`, `tablespace-16400.tar`, `pre-data.sql` or `data/public.job`.
///
/// 1 to 1,024 bytes of UTF-8 without control characters; no part between slashes is empty, `.` or `..`.
public struct ArchiveName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole name.
    public let description: String

    /// Takes a name over; nil if it is not a valid one.
    public init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        description = text
    }

    /// A name that stands in the source; it must be a valid one.
    public init(fixed text: StaticString) {
        guard let name = ArchiveName(String(describing: text)) else { preconditionFailure("no name: \(text)") }
        self = name
    }

    /// Bytes that a name may have.
    public static let longest = 1_024

    /// Orders by bytes.
    public static func < (left: ArchiveName, right: ArchiveName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
