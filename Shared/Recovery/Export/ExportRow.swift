// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing that an operator configured.
public import Platform

/// A row of an export, known by what people know it by and never by a number that a ledger gave it.
public protocol ExportRow: Codable, Hashable, Sendable {
    /// What tells it from others of its section, in whichever ledger.
    var key: String { get }
    /// What people may see of it: no secrets.
    var title: String { get }
    /// Whether it means nothing any more.
    func isOver(at now: Timestamp) -> Bool
}

extension ExportRow {
    /// Most things don't end by themselves.
    public func isOver(at now: Timestamp) -> Bool { false }
}
