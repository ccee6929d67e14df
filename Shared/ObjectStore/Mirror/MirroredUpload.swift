// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way into several stores.
internal import Logging
internal import Synchronization

/// Writes the same bytes to all stores; one that fails is left out as long as enough remain.
final class MirroredUpload: ObjectUpload {
    private struct Branch: Sendable {
        let store: any ObjectStore
        let upload: any ObjectUpload
    }

    private struct State {
        var branches: [Branch] = []
        var errors: [ObjectStoreError] = []
    }

    private let mirror: MirroredStore
    private let key: ObjectKey
    private let condition: WriteCondition
    private let state: Mutex<State>

    init(
        _ mirror: MirroredStore,
        _ key: ObjectKey,
        _ condition: WriteCondition,
        _ begun: [(any ObjectStore, Result<any ObjectUpload, ObjectStoreError>)]
    ) {
        self.mirror = mirror
        self.key = key
        self.condition = condition
        var state = State()
        for (store, result) in begun {
            switch result {
            case .success(let upload): state.branches.append(Branch(store: store, upload: upload))
            case .failure(let error): state.errors.append(error)
            }
        }
        self.state = Mutex(state)
    }

    func write(_ bytes: [UInt8]) async throws(ObjectStoreError) {
        try await checkEnough()
        let branches = state.withLock { $0.branches }
        let results = await withTaskGroup(of: (Int, ObjectStoreError?).self) { group in
            for (index, branch) in branches.enumerated() {
                group.addTask {
                    do throws(ObjectStoreError) { try await branch.upload.write(bytes) } catch { return (index, error) }
                    return (index, nil)
                }
            }
            return await group.reduce(into: [Int: ObjectStoreError]()) { $0[$1.0] = $1.1 }
        }
        guard !results.isEmpty else { return }
        state.withLock { state in
            state.errors += results.values
            state.branches = branches.indices.filter { results[$0] == nil }.map { branches[$0] }
        }
        for (index, error) in results {
            mirror.gate(branches[index].store).note(error)
            await branches[index].upload.abandon()
        }
        try await checkEnough()
    }

    func finish() async throws(ObjectStoreError) -> ObjectInfo {
        try await checkEnough()
        let (branches, errors) = state.withLock { ($0.branches, $0.errors) }
        let uploads = Dictionary(uniqueKeysWithValues: branches.map { ($0.store.place, $0.upload) })
        let info = try await mirror.write(branches.map(\.store), key, condition, failed: errors) {
            [place = mirror.place] (store) throws(ObjectStoreError) in
            guard let upload = uploads[store.place] else {
                throw ObjectStoreError(.unavailable, "the upload has ended", place: place)
            }
            return try await upload.finish()
        }
        // Those that did not come to an end have something to leave.
        for branch in branches { await branch.upload.abandon() }
        state.withLock { $0.branches = [] }
        return info
    }

    func abandon() async {
        let branches = state.withLock { state in
            defer { state.branches = [] }
            return state.branches
        }
        for branch in branches { await branch.upload.abandon() }
    }

    /// Gives up when too few stores remain.
    func checkEnough() async throws(ObjectStoreError) {
        let (count, errors) = state.withLock { ($0.branches.count, $0.errors) }
        guard count < mirror.required else { return }
        await abandon()
        guard !errors.isEmpty else {
            throw ObjectStoreError(.unavailable, "the upload has ended", key: key, place: mirror.place)
        }
        throw mirror.error(errors, key, "\(count) of \(mirror.stores.count) stores work, \(mirror.required) are needed")
    }
}
