// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of an export.

/// What an operator configured, by kind.
public enum ExportSection: String, CaseIterable, Sendable, Hashable {
    /// The names of queues.
    case queues
    /// The health aggregator's maintenance windows that were made while it ran and are not over.
    case maintenance
    /// Subscribers of the status page: addresses, tokens and signing secrets.
    case subscribers
    /// The settings of all programs that the exporting process had, without the values of secrets.
    case settings
    /// Configuration files that were named.
    case files

    /// Whether its rows are tables of the ledger, which an import changes in one transaction.
    public var isOfLedger: Bool { self == .queues || self == .maintenance || self == .subscribers }
    /// Whether it is encrypted by the key ring: it has secrets, or may have.
    public var isSealed: Bool { self == .subscribers || self == .settings || self == .files }
}
