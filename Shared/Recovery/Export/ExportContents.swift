// SPDX-License-Identifier: Apache-2.0
// Martlet: what an export holds, opened.

/// The rows by section; nil for a section that is not there or was not asked for.
public struct ExportContents: Sendable, Equatable {
    /// Queues.
    public var queues: [ExportedQueue]?
    /// Maintenance windows.
    public var maintenance: [ExportedWindow]?
    /// Subscribers.
    public var subscribers: [ExportedSubscriber]?
    /// Settings.
    public var settings: [ExportedSetting]?
    /// Files.
    public var files: [ExportedFile]?

    /// Nothing.
    public init() {}

    /// How many rows each section has, in the order of sections.
    public var counts: [(section: ExportSection, rows: Int)] {
        ExportSection.allCases.compactMap { section in
            let rows: Int? =
                switch section {
                case .queues: queues?.count
                case .maintenance: maintenance?.count
                case .subscribers: subscribers?.count
                case .settings: settings?.count
                case .files: files?.count
                }
            return rows.map { (section, $0) }
        }
    }
}
