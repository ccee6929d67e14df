// SPDX-License-Identifier: Apache-2.0
// Martlet: what an export says of itself.
internal import ObjectStore
public import Platform

/// Where, when and by what an export was made.
public struct ExportFacts: Sendable, Hashable {
    /// The database system that the ledger is of.
    public let system: SystemID
    /// When.
    public let exported: Timestamp
    /// The newest migration of the ledger; an import wants the same.
    public let migration: Int
    /// The program's version.
    public let program: String

    /// Takes them over.
    public init(system: SystemID, exported: Timestamp, migration: Int, program: String) {
        (self.system, self.exported, self.migration, self.program) = (system, exported, migration, program)
    }

    /// Its name in a store: the time to the millisecond, as in `20261128T195500.123Z`.
    public var name: String { exported.formatted(fractionDigits: 3).filter { $0 != "-" && $0 != ":" } }

    /// What a sealed section is bound to.
    func name(of section: ExportSection) throws(RecoveryError) -> ObjectKey {
        try StoredExports.key("\(name)/\(section.rawValue)", of: system)
    }
}
