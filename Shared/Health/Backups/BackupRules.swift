// SPDX-License-Identifier: Apache-2.0
// Martlet: how old what protects the ledger may be.

/// How often backups and drills are due, for the status page; `page.backups` of the configuration.
public struct BackupRules: Sendable, Equatable {
    /// How often a backup is due; default 1 day.
    public var every = Recurrence.every(.seconds(86_400))
    /// How often a restore drill is due; default 7 days.
    public var drillEvery = Recurrence.every(.seconds(7 * 86_400))
    /// Whether the public page shows them; default yes.
    public var isPublic = true

    /// The defaults.
    public init() {}

    init(_ fields: MapReader) {
        let range: ClosedRange<Duration> = .seconds(60) ... .seconds(366 * 86_400)
        every = fields.recurrence("every", in: range) ?? every
        drillEvery = fields.recurrence("drill_every", in: range) ?? drillEvery
        isPublic = fields.bool("public", default: isPublic)
    }
}
