// SPDX-License-Identifier: Apache-2.0
// Martlet: which folders are known to survive a power cut.

/// Remembers folders whose entry in their parent is on the disk, so that each is brought there once only.
struct SyncedFolders {
    /// Most that are remembered; beyond, all are forgotten, which costs a repeated sync.
    static let most = 4096

    private var paths: Set<String> = []

    func contains(_ path: String) -> Bool { paths.contains(path) }

    mutating func insert(_ path: String) {
        if paths.count >= Self.most { paths = [] }
        paths.insert(path)
    }

    mutating func remove(_ path: String) { paths.remove(path) }
}
