// SPDX-License-Identifier: Apache-2.0
// Martlet: finding a time zone's file by its name, and names near to one that is not there.
internal import FoundationEssentials

extension TimeZoneRules {
    /// Where the database is: `TZDIR`, else `/usr/share/zoneinfo`.
    public static let systemDirectory: String = {
        let given = ProcessInfo.processInfo.environment["TZDIR"] ?? ""
        return given.isEmpty ? "/usr/share/zoneinfo" : given
    }()

    /// Reads a zone such as `Europe/Berlin`; `UTC` and `Etc/UTC` need no file.
    ///
    /// Throws ``PlatformError`` `invalidText` for a name that is not one or not there, with names near to it, and `file`
    /// for a file that cannot be used. Names have at most 64 letters, digits, `_`, `+`, `-` and `/`.
    public init(identifier: String) throws(PlatformError) {
        try self.init(identifier: identifier, directory: Self.systemDirectory)
    }

    /// Reads a zone of a database in another directory.
    public init(identifier: String, directory: String) throws(PlatformError) {
        guard !["UTC", "Etc/UTC"].contains(identifier) else {
            self.init(identifier: identifier, file: Self.utc.file)
            return
        }
        guard Self.isName(identifier) else {
            let shown = String(identifier.prefix(64).map { $0.isASCII && $0 >= " " && $0 != "\u{7F}" ? $0 : "?" })
            throw PlatformError(
                .invalidText,
                "\"\(shown)\" is not the name of a time zone such as Europe/Berlin or UTC"
            )
        }
        let path = directory + "/" + identifier
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory else {
            throw Self.unknown(identifier, directory)
        }
        do {
            let bytes = try FileText.bytes(path: path, limit: TimeZoneFile.maximumSize)
            self.init(identifier: identifier, file: try TimeZoneFile(bytes: bytes))
        } catch {
            throw PlatformError(.file, "the time zone \(identifier) cannot be read: \(error.message)", cause: error)
        }
    }

    /// Each part starts with a letter, so that no name leaves the directory or names its hidden files.
    static func isName(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, isLetter(first) else { return false }
            return part.utf8.allSatisfy { byte in
                isLetter(byte) || (0x30...0x39).contains(byte) || "_+-".utf8.contains(byte)
            }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

    private static func unknown(_ identifier: String, _ directory: String) -> PlatformError {
        let names = directory == systemDirectory ? systemNames : self.names(in: directory)
        guard !names.isEmpty else {
            return PlatformError(
                .invalidText,
                "\(identifier) is not a known time zone: there is no time zone database in \(directory); only UTC is known"
            )
        }
        let near = near(identifier, among: names)
        let hint =
            near.isEmpty
            ? "names are those of the IANA database, such as Europe/Berlin"
            : "did you mean \(near.joined(separator: " or "))?"
        return PlatformError(.invalidText, "\(identifier) is not a known time zone; \(hint)")
    }

    /// At most three: the same but for case, the same city, or the nearest by spelling.
    static func near(_ identifier: String, among names: [String]) -> [String] {
        let wanted = identifier.lowercased()
        let same = names.filter { $0.lowercased() == wanted }
        if !same.isEmpty { return Array(same.prefix(3)) }
        let city = wanted.split(separator: "/").last.map(String.init) ?? wanted
        let cities = names.filter { $0.lowercased().split(separator: "/").last.map(String.init) == city }
        if !cities.isEmpty { return Array(cities.prefix(3)) }
        return NearestName.find(identifier, among: names).map { [$0] } ?? []
    }

    private static let systemNames = names(in: systemDirectory)

    /// The names of a database, sorted; at most 2,000, at most three levels deep.
    static func names(in directory: String) -> [String] {
        var found: [String] = []
        func visit(_ prefix: String, depth: Int) {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/" + prefix)) ?? []
            for entry in entries.sorted() where found.count < 2000 {
                // The rest are tables, and copies of the whole database with and without leap seconds.
                guard isName(entry), let first = entry.utf8.first, (0x41...0x5A).contains(first) else { continue }
                var isDirectory = false
                guard
                    FileManager.default.fileExists(atPath: "\(directory)/\(prefix)\(entry)", isDirectory: &isDirectory)
                else { continue }
                if isDirectory {
                    if depth < 3 { visit("\(prefix)\(entry)/", depth: depth + 1) }
                } else {
                    found.append(prefix + entry)
                }
            }
        }
        visit("", depth: 1)
        return found
    }
}
