// SPDX-License-Identifier: Apache-2.0
// Martlet: the stores that the conformance tests run against.
import ObjectStore
import Testing

/// A kind of store; each makes empty ones.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case directory
    case s3
    /// Two folders as one.
    case mirrored

    /// The kinds whose servers are here; ``S3StoreTests`` says what is missing.
    static let available = allCases.filter { $0 != .s3 || TestTool.seaweed != nil }

    var testDescription: String { rawValue }

    /// Runs a test on an empty store, which is closed and removed after it.
    func withStore(_ body: (any ObjectStore) async throws -> Void) async throws {
        switch self {
        case .directory:
            let folder = try TestFolder()
            let store = try await DirectoryStore(folder: folder.path)
            try await body(store)
            await store.close()
        case .s3:
            let store = try await SeaweedServer.shared.value.store()
            try await body(store)
            await store.close()
        case .mirrored:
            let folders = [try TestFolder(), try TestFolder()]
            let stores = [
                try await DirectoryStore(folder: folders[0].path), try await DirectoryStore(folder: folders[1].path),
            ]
            let store = try MirroredStore(stores)
            try await body(store)
            await store.close()
            #expect(folders[0].files() == folders[1].files())
        }
    }
}
