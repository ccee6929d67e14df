// SPDX-License-Identifier: Apache-2.0
// Martlet: whole objects in and out of a store, with this module's error.
internal import ObjectStore

extension ObjectStore {
    /// Writes an object of any size that is in memory.
    func save(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(RecoveryError) {
        let piece = 8 << 20
        do throws(ObjectStoreError) {
            guard bytes.count > piece else {
                try await put(bytes, at: key, when: condition)
                return
            }
            let upload = try await upload(to: key, when: condition)
            do throws(ObjectStoreError) {
                for start in stride(from: 0, to: bytes.count, by: piece) {
                    try await upload.write(Array(bytes[start..<min(start + piece, bytes.count)]))
                }
                _ = try await upload.finish()
            } catch {
                await upload.abandon()
                throw error
            }
        } catch {
            throw RecoveryError(error)
        }
    }

    /// Reads an object of at most `limit` bytes.
    func load(_ key: ObjectKey, limit: Int) async throws(RecoveryError) -> [UInt8] {
        do throws(ObjectStoreError) { return try await get(key, limit: limit) } catch { throw RecoveryError(error) }
    }

    /// All objects whose names begin with `prefix`, at most `limit` of them.
    /// - Throws: `.request` when there are more.
    func objects(prefix: String, limit: Int) async throws(RecoveryError) -> [ObjectInfo] {
        var all: [ObjectInfo] = []
        do throws(ObjectStoreError) {
            while true {
                let page = try await list(prefix: prefix, after: all.last?.key, limit: 1_000)
                all += page.objects
                guard page.hasMore, !page.objects.isEmpty, all.count <= limit else { break }
            }
        } catch {
            throw RecoveryError(error)
        }
        guard all.count <= limit else {
            throw RecoveryError(.request, "more than \(limit) objects have names that begin with \(prefix)")
        }
        return all
    }
}
