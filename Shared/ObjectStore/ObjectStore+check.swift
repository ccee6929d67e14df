// SPDX-License-Identifier: Apache-2.0
// Martlet: finds out early what a store can't do.

extension ObjectStore {
    /// Writes, reads, lists and removes an object, and verifies that `.absent` is honoured: for a doctor, or a first start.
    ///
    /// - Throws: What fails; `.configuration` for a store that ignores conditions, on which two runs could not keep out of
    ///   each other's way.
    public func check() async throws(ObjectStoreError) {
        let name = "check-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        guard let key = ObjectKey("checks/\(name)") else { return }
        let bytes = Array(name.utf8)
        try await put(bytes, at: key, when: .absent)
        do throws(ObjectStoreError) {
            guard try await get(key, limit: bytes.count) == bytes, try await info(key)?.size == Int64(bytes.count),
                try await list(prefix: key.description, after: nil, limit: 1).objects.map(\.key) == [key]
            else { throw ObjectStoreError(.damaged, "what was written does not read back", key: key, place: place) }
            try await checkCondition(key)
        } catch {
            // The first failure is the one to tell.
            try? await remove([key])
            throw error
        }
        try await remove([key])
        guard try await info(key) == nil else {
            throw ObjectStoreError(.denied, "what was removed is still there", key: key, place: place)
        }
    }

    private func checkCondition(_ key: ObjectKey) async throws(ObjectStoreError) {
        do throws(ObjectStoreError) { try await put([0], at: key, when: .absent) } catch {
            guard error.code == .exists else { throw error }
            return
        }
        throw ObjectStoreError(
            .configuration,
            "the store ignores conditions (If-None-Match), which Martlet relies on",
            key: key,
            place: place
        )
    }
}
