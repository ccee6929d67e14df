// SPDX-License-Identifier: Apache-2.0
// Martlet: the JSON of an export.
internal import ObjectStore
internal import Platform

/// Everything that is signed; version 1.
struct ExportDocument: Codable {
    static let format = "martlet-export"
    static let version = 1

    /// The sections; those with secrets are sealed.
    struct Sections: Codable {
        var queues: [ExportedQueue]?
        var maintenance: [ExportedWindow]?
        var subscribers: SealedRows?
        var settings: SealedRows?
        var files: SealedRows?
    }

    let format: String
    let version: Int
    let exportedAt: String
    let system: String
    let migration: Int
    let program: String
    let sections: Sections

    /// Those that are there.
    var present: Set<ExportSection> {
        let sections = sections
        return Set(
            ExportSection.allCases.filter { section in
                switch section {
                case .queues: sections.queues != nil
                case .maintenance: sections.maintenance != nil
                case .subscribers: sections.subscribers != nil
                case .settings: sections.settings != nil
                case .files: sections.files != nil
                }
            }
        )
    }

    private enum CodingKeys: String, CodingKey {
        case format, version, system, migration, program, sections
        case exportedAt = "exported_at"
    }

    /// Seals what has secrets.
    init(_ contents: ExportContents, _ facts: ExportFacts, keys: KeyRing) throws(RecoveryError) {
        func sealed(_ rows: [some ExportRow]?, _ section: ExportSection) throws(RecoveryError) -> SealedRows? {
            guard let rows else { return nil }
            guard !keys.keys.isEmpty else {
                let open = ExportSection.allCases.filter { !$0.isSealed }.map(\.rawValue).joined(separator: ",")
                throw RecoveryError(
                    .request,
                    "'\(section.rawValue)' may have secrets, and there is no key to encrypt it: set MARTLET_BACKUP_KEYS, or "
                        + "export only the others (`--section \(open)`)"
                )
            }
            return try SealedRows(rows, name: try facts.name(of: section), keys: keys)
        }
        format = Self.format
        version = Self.version
        exportedAt = facts.exported.formatted()
        system = "\(facts.system)"
        migration = facts.migration
        program = facts.program
        sections = Sections(
            queues: contents.queues,
            maintenance: contents.maintenance,
            subscribers: try sealed(contents.subscribers, .subscribers),
            settings: try sealed(contents.settings, .settings),
            files: try sealed(contents.files, .files)
        )
    }

    /// Reads signed bytes, of which no more is known than who signed them.
    /// - Throws: `.request` for another version or an unknown section, `.damaged` for what is no export.
    static func read(_ bytes: [UInt8]) throws(RecoveryError) -> ExportDocument {
        struct Head: Decodable {
            let format: String
            let version: Int
        }
        let head = try decode(Head.self, bytes)
        guard head.format == format else { throw RecoveryError(.damaged, "the export can't be read: it is none") }
        guard head.version == version else {
            throw RecoveryError(
                .request,
                "the export is of version \(head.version), and this program reads version \(version)"
            )
        }
        let names = try decode(Names.self, bytes).sections.keys.sorted()
        if let stranger = names.first(where: { ExportSection(rawValue: $0) == nil }) {
            let known = ExportSection.allCases.map(\.rawValue).joined(separator: ", ")
            throw RecoveryError(
                .request,
                "the export has a section '\(stranger)', and this program knows only: \(known)"
            )
        }
        return try decode(ExportDocument.self, bytes)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(RecoveryError) -> Value {
        do throws(FormatFault) { return try JSONDocument.decode(type, from: bytes) } catch {
            throw RecoveryError(.damaged, "the export can't be read: \(error.message)")
        }
    }

    /// The names of all sections, known or not.
    private struct Names: Decodable {
        struct Anything: Decodable {
            init(from decoder: any Decoder) {}
        }

        let sections: [String: Anything]
    }

    /// What it says of itself.
    func facts() throws(RecoveryError) -> ExportFacts {
        guard let system = SystemID(system), let exported = Timestamp(rfc3339: exportedAt.utf8) else {
            throw RecoveryError(.damaged, "the export can't be read: its system or its time is wrong")
        }
        return ExportFacts(system: system, exported: exported, migration: migration, program: program)
    }

    /// Opens some sections.
    /// - Throws: `.wrongKey`, `.damaged`.
    func contents(_ wanted: Set<ExportSection>, keys: KeyRing) throws(RecoveryError) -> ExportContents {
        let facts = try facts()
        func open<Row: ExportRow>(_ rows: SealedRows?, _ section: ExportSection) throws(RecoveryError) -> [Row]? {
            guard wanted.contains(section), let rows else { return nil }
            return try rows.open(Row.self, name: try facts.name(of: section), keys: keys)
        }
        var contents = ExportContents()
        contents.queues = wanted.contains(.queues) ? sections.queues : nil
        contents.maintenance = wanted.contains(.maintenance) ? sections.maintenance : nil
        contents.subscribers = try open(sections.subscribers, .subscribers)
        contents.settings = try open(sections.settings, .settings)
        contents.files = try open(sections.files, .files)
        return contents
    }
}
