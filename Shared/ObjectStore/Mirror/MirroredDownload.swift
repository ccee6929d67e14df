// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way out of the first of several stores that can.
internal import Synchronization

/// Goes on in the next store, at the same byte, when one fails.
final class MirroredDownload: ObjectDownload {
    private struct State {
        var download: any ObjectDownload
        var store: any ObjectStore
        var others: [any ObjectStore]
        var errors: [ObjectStoreError] = []
        /// Where the next byte is in the object.
        var offset: Int64
        var isClosed = false
    }

    private let mirror: MirroredStore
    private let key: ObjectKey
    private let end: Int64
    private let state: Mutex<State>

    let size: Int64

    init(
        _ mirror: MirroredStore,
        _ key: ObjectKey,
        start: Int64,
        _ found: MirroredStore.Found<any ObjectDownload>
    ) {
        self.mirror = mirror
        self.key = key
        size = found.value.size
        end = start + found.value.size
        state = Mutex(State(download: found.value, store: found.store, others: found.others, offset: start))
    }

    func next() async throws(ObjectStoreError) -> [UInt8]? {
        while true {
            let download = state.withLock { $0.download }
            do throws(ObjectStoreError) {
                let bytes = try await download.next()
                state.withLock { $0.offset += Int64(bytes?.count ?? 0) }
                return bytes
            } catch {
                guard error.allowsAnother, !state.withLock({ $0.isClosed }) else { throw error }
                await download.close()
                try await goOn(after: error)
            }
        }
    }

    func close() async {
        let download = state.withLock { state in
            state.isClosed = true
            return state.download
        }
        await download.close()
    }

    private func goOn(after failed: ObjectStoreError) async throws(ObjectStoreError) {
        let (store, others, errors, offset) = state.withLock { state in
            state.errors.append(failed)
            return (state.store, state.others, state.errors, state.offset)
        }
        mirror.gate(store).note(failed)
        // Damage may be told only after the last byte: then the bytes that were handed out are the damaged ones.
        guard offset < end, !others.isEmpty else { throw mirror.error(errors, key, "no store gives it whole") }
        let (key, end, place) = (key, end, mirror.place)
        let found = try await mirror.firstOf(others, key) { (store) throws(ObjectStoreError) in
            let download = try await store.download(key, range: offset..<end)
            let isSame = try await store.info(key).map { $0.size >= end } ?? false
            guard isSame else {
                throw ObjectStoreError(.damaged, "its size differs between stores", key: key, place: place)
            }
            return download
        }
        state.withLock { state in
            state.download = found.value
            state.store = found.store
            state.others = found.others
        }
    }
}
