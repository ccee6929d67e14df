// SPDX-License-Identifier: Apache-2.0
// Martlet: the stores that the conformance tests run against.
import ObjectStore
import Testing

/// A kind of store; each makes empty ones.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case directory

    /// The kinds whose servers are here.
    static let available = allCases

    var testDescription: String { rawValue }

    /// Runs a test on an empty store, which is closed and removed after it.
    func withStore(_ body: (any ObjectStore) async throws -> Void) async throws {
        switch self {
        case .directory:
            let folder = try TestFolder()
            let store = try await DirectoryStore(folder: folder.path)
            try await body(store)
            await store.close()
        }
    }
}
