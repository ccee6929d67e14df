// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on exports and imports of what operators configured.

internal import Platform
internal import Recovery

/// What is exported or imported, who signs, and who is believed.
struct ExportSettings: Sendable {
    /// Where an export goes.
    enum Destination: Equatable, Sendable {
        /// The store.
        case store
        /// Standard output.
        case output
        /// A new file.
        case file(String)
    }

    /// Where an import comes from.
    enum Source: Equatable, Sendable {
        /// The store: a name, or nil for the newest.
        case store(String?)
        /// Standard input.
        case input
        /// A file.
        case file(String)
    }

    /// `MARTLET_BACKUP_SIGNING_KEY`; with it, each backup is followed by an export into the store.
    let signing: SigningKey?
    /// The signing key's file.
    let signingFile: String?
    /// `MARTLET_BACKUP_TRUST`, and one's own key.
    let trusted: [TrustedKey]
    /// `MARTLET_BACKUP_SECTIONS`; nil for all.
    let sections: Set<ExportSection>?
    /// `MARTLET_BACKUP_EXPORT_TO`, default the store.
    let destination: Destination
    /// `MARTLET_BACKUP_IMPORT_FROM`, default the newest in the store.
    let source: Source
    /// `MARTLET_BACKUP_IMPORT_APPLY`: otherwise an import only shows.
    let applies: Bool
    /// `MARTLET_BACKUP_IMPORT_PRUNE`: whether what the export does not have is removed.
    let prunes: Bool
    /// `MARTLET_BACKUP_EXPORT_FILES`: absolute paths.
    let files: [String]
    /// The settings of all programs that this process was given.
    let settings: [ExportedSetting]

    init(_ reader: SettingsReader, for verb: BackupVerb) {
        let secret = reader.secret("MARTLET_BACKUP_SIGNING_KEY")
        signingFile = reader.secretFile("MARTLET_BACKUP_SIGNING_KEY")
        signing = secret.flatMap { SigningKey(parsing: $0.reveal()) }
        if secret != nil, signing == nil {
            reader.report("MARTLET_BACKUP_SIGNING_KEY", problem: "it is no signing key", allowed: SigningKey.allowed)
        }
        trusted = Self.trusted(reader) + (signing.map { [$0.trusted] } ?? [])
        sections = Self.sections(reader)
        destination =
            switch reader.string("MARTLET_BACKUP_EXPORT_TO", default: "store") {
            case "store": .store
            case "-": .output
            case let path: .file(path)
            }
        source =
            switch reader.string("MARTLET_BACKUP_IMPORT_FROM", default: "latest") {
            case "latest": .store(nil)
            case "-": .input
            case let name where StoredExports.isName(name): .store(name)
            case let path: .file(path)
            }
        applies = reader.bool("MARTLET_BACKUP_IMPORT_APPLY", default: false)
        prunes = reader.bool("MARTLET_BACKUP_IMPORT_PRUNE", default: false)
        files = reader.list("MARTLET_BACKUP_EXPORT_FILES", default: [])
        settings = reader.given().map { ExportedSetting(name: $0.name, value: $0.value) }
        if let path = files.first(where: { !$0.hasPrefix("/") }) {
            reader.report(
                "MARTLET_BACKUP_EXPORT_FILES",
                problem: "\"\(path)\" is not absolute",
                allowed: "paths from /, separated by commas"
            )
        }
        if verb == .export, secret == nil {
            reader.report(
                "MARTLET_BACKUP_SIGNING_KEY",
                problem: "is required and not set",
                allowed:
                    "the key, or MARTLET_BACKUP_SIGNING_KEY_FILE with its file (`martlet-backup keys signing ID` makes one)"
            )
        }
        if verb == .importing, trusted.isEmpty, secret == nil {
            reader.report("MARTLET_BACKUP_TRUST", problem: "is required and not set", allowed: TrustedKey.allowed)
        }
    }

    private static func trusted(_ reader: SettingsReader) -> [TrustedKey] {
        reader.list("MARTLET_BACKUP_TRUST", default: []).compactMap { text in
            if let key = TrustedKey(parsing: text) { return key }
            // It may be a secret that was taken for the public key.
            reader.report("MARTLET_BACKUP_TRUST", problem: "it has what is no public key", allowed: TrustedKey.allowed)
            return nil
        }
    }

    private static func sections(_ reader: SettingsReader) -> Set<ExportSection>? {
        let names = reader.list("MARTLET_BACKUP_SECTIONS", default: [])
        guard !names.isEmpty else { return nil }
        return Set(
            names.compactMap { name in
                if let section = ExportSection(rawValue: name) { return section }
                reader.report(
                    "MARTLET_BACKUP_SECTIONS",
                    problem: "\"\(name.prefix(100))\" is no section",
                    allowed: ExportSection.allCases.map(\.rawValue).joined(separator: ", ")
                )
                return nil
            }
        )
    }
}
