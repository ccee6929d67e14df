// SPDX-License-Identifier: Apache-2.0
// Martlet: what an import does, or would do, with one section.

/// The rows of one section by what becomes of them.
public struct SectionPlan: Sendable, Equatable {
    /// What becomes of a row.
    public enum Change: String, Sendable, CaseIterable {
        /// It is not here, and is added.
        case added
        /// It is here otherwise, and becomes as in the export.
        case changed
        /// The export does not have it, and it is removed because that was asked for.
        case removed
        /// The export does not have it, and it stays.
        case onlyHere = "only-here"
        /// It differs from the export and is left: nothing here is overwritten.
        case left
    }

    /// One row that is not the same on both sides.
    public struct Line: Sendable, Equatable {
        /// What becomes of it.
        public let change: Change
        /// The row, without secrets.
        public let title: String
    }

    /// The section.
    public let section: ExportSection
    /// What differs.
    public let lines: [Line]
    /// Rows that are the same.
    public let unchanged: Int

    /// Rows that are, or would be, written or removed.
    public var count: Int { lines.count { $0.change != .onlyHere && $0.change != .left } }

    init<Row>(_ section: ExportSection, _ difference: RowDifference<Row>, prunes: Bool, overwrites: Bool = true) {
        self.section = section
        unchanged = difference.unchanged
        lines =
            difference.added.map { Line(change: .added, title: $0.title) }
            + difference.changed.map { Line(change: overwrites ? .changed : .left, title: $0.title) }
            + difference.onlyHere.map { Line(change: prunes ? .removed : .onlyHere, title: $0.title) }
    }

    /// Of settings, which an import shows and never sets.
    init(settings difference: RowDifference<ExportedSetting>) {
        section = .settings
        unchanged = difference.unchanged
        lines =
            (difference.added + difference.changed).map { Line(change: .left, title: $0.title) }
            + difference.onlyHere.map { Line(change: .onlyHere, title: $0.title) }
    }
}
