// SPDX-License-Identifier: Apache-2.0
// Martlet: a configuration file with what it includes in the places where it includes it.

/// Joins files that include each other into one text, in the server's own order, so that it says the same anywhere.
struct ConfigurationInclusion {
    /// Files may include each other so deep, as the server allows it.
    private static let depth = 10
    private static let mostFiles = 200
    private static let largestFile = 1 << 20
    /// Bytes of all together.
    static let largest = 4 << 20

    private let files: any ServerFiles
    private var (count, size) = (0, 0)

    init(_ files: any ServerFiles) { self.files = files }

    /// A file's text; nil when there is none.
    /// - Throws: `.request` when there are too many files, too large ones, or one includes itself; what the files say.
    mutating func text(of path: String, depth: Int = 0) async throws(RecoveryError) -> [UInt8]? {
        guard depth < Self.depth else {
            throw RecoveryError(.request, "\(path) is included in more than \(Self.depth) files, one in the other")
        }
        guard let bytes = try await files.bytes(of: path, limit: Self.largestFile) else { return nil }
        count += 1
        size += bytes.count
        guard count <= Self.mostFiles, size <= Self.largest else {
            throw RecoveryError(
                .request,
                "the configuration has more than \(Self.mostFiles) files or \(Self.largest >> 20) MiB"
            )
        }
        var text: [UInt8] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard let paths = try await paths(line, of: path) else {
                text += line + [UInt8(ascii: "\n")]
                continue
            }
            text += Array("# ".utf8) + line + [UInt8(ascii: "\n")]
            for included in paths {
                guard let inner = try await self.text(of: included, depth: depth + 1) else { continue }
                text += Array("# From \(included):\n".utf8) + inner + Array("# End of \(included)\n".utf8)
            }
        }
        // Behind the last line end there is no line.
        if bytes.last == UInt8(ascii: "\n") || bytes.isEmpty { text.removeLast() }
        return text
    }

    /// What a line includes; nil when it is no such line.
    private func paths(_ bytes: ArraySlice<UInt8>, of path: String) async throws(RecoveryError) -> [String]? {
        guard let line = ConfigurationLine(bytes), ["include", "include_if_exists", "include_dir"].contains(line.name)
        else { return nil }
        let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let target = line.value.hasPrefix("/") ? line.value : "\(folder)/\(line.value)"
        guard line.name == "include_dir" else { return [target] }
        let names = try await files.names(in: target).filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(target)/\($0)" }
    }
}
