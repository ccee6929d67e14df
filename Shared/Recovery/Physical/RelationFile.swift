// SPDX-License-Identifier: Apache-2.0
// Martlet: which files of a cluster have pages with checksums.

/// The name of a relation's file: `base/5/16384_vm.2`.
struct RelationFile: Hashable, Sendable {
    /// Pages in one file; a larger relation has several.
    static let pagesInSegment: UInt32 = 131_072

    /// The number of the file's first page in its relation.
    let firstBlock: UInt32

    /// Reads a path below the data folder, or below a tablespace's folder; nil if it is no relation's file.
    init?(_ path: String, inTablespace: Bool) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlace =
            inTablespace
            ? parts.count == 3 && parts[0].hasPrefix("PG_") && Self.isNumber(parts[1])
            : parts.count == 3 && parts[0] == "base" && Self.isNumber(parts[1])
                || parts.count == 2 && parts[0] == "global"
        guard isPlace, let name = parts.last else { return nil }
        let halves = name.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        let fork = halves[0].split(separator: "_", omittingEmptySubsequences: false)
        guard Self.isNumber(fork[0]), fork.count == 1 || fork.count == 2 && ["fsm", "vm", "init"].contains(fork[1])
        else { return nil }
        guard halves.count == 2 else {
            firstBlock = 0
            return
        }
        guard Self.isNumber(halves[1]), let segment = UInt32(halves[1]), segment < 32_768 else { return nil }
        firstBlock = segment * Self.pagesInSegment
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
