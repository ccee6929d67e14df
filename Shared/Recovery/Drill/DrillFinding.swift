// SPDX-License-Identifier: Apache-2.0
// Martlet: something that a drill found wrong.

/// One thing that is wrong with what was restored, or with how.
public struct DrillFinding: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Where it was found.
    public enum Source: String, Codable, Sendable {
        /// While restoring or replaying.
        case recovery
        /// The log in the store.
        case log
        /// pg_amcheck.
        case amcheck
        /// The ledger's rules.
        case invariant
        /// What the witness saw.
        case witness
        /// Checksums of pages.
        case checksums
        /// It took longer, or lost more, than it may.
        case objective
    }

    /// Where it was found.
    public var source: Source
    /// A stable name: of the rule, the table, the phase or the kind of error.
    public var name: String
    /// One sentence for people.
    public var message: String
    /// Rows or pages that are concerned; nil where that means nothing.
    public var count: Int64?
    /// Some of them, at most five.
    public var examples: [String]

    /// Takes all over.
    public init(
        _ source: Source,
        _ name: String,
        _ message: String,
        count: Int64? = nil,
        examples: [String] = []
    ) {
        self.source = source
        self.name = name
        self.message = message
        self.count = count
        self.examples = Array(examples.prefix(5))
    }

    /// Whether it says that log is missing, before the replay or in it.
    var isMissingLog: Bool {
        source == .log && name == "missing-segments" || source == .recovery && name == "missing-log"
    }

    /// Where, what and how often.
    public var description: String {
        let times = count.map { " (\($0))" } ?? ""
        let some = examples.isEmpty ? "" : ": " + examples.joined(separator: ", ")
        return "\(source.rawValue) \(name): \(message)\(times)\(some)"
    }
}
