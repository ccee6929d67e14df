// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way out of a folder.
internal import Synchronization

/// Reads an open file bit by bit; what is written under its name meanwhile changes nothing.
final class DirectoryDownload: ObjectDownload {
    /// Bytes at once.
    static let piece = 1 << 20

    private struct State {
        var file: Descriptor?
        var offset: Int64
    }

    private let key: ObjectKey
    private let end: Int64
    private let store: DirectoryStore
    private let state: Mutex<State>

    let size: Int64

    init(_ file: Descriptor, of key: ObjectKey, range: Range<Int64>, in store: DirectoryStore) {
        self.key = key
        self.store = store
        end = range.upperBound
        size = Int64(range.count)
        state = Mutex(State(file: file, offset: range.lowerBound))
    }

    func next() async throws(ObjectStoreError) -> [UInt8]? {
        let (file, offset) = state.withLock { ($0.file, $0.offset) }
        guard let file else {
            throw ObjectStoreError(.cancelled, "the download was closed", key: key, place: store.place)
        }
        guard offset < end else { return nil }
        let count = Int(min(Int64(Self.piece), end - offset))
        let bytes = try await store.onFiles(key) { () throws(FileTrouble) in
            let bytes = try file.read(at: offset, count: count)
            guard bytes.count == count else { throw .shortened }
            return bytes
        }
        state.withLock { $0.offset = offset + Int64(count) }
        return bytes
    }

    func close() async { state.withLock { $0.file = nil } }
}
