// SPDX-License-Identifier: Apache-2.0
// Martlet: what is damaged in one copy is read from another.
internal import Logging
internal import ObjectStore

extension ObjectStore {
    /// Reads something and checks it; where the first copy turns out to be damaged, each copy is tried by itself.
    ///
    /// The store can't tell: only who has the key or the sum sees that bytes are not what was stored.
    /// - Parameter read: Reads from the store it is given, and throws `.damaged` or `.wrongKey` for what is not sound.
    /// - Throws: What the first attempt threw, when no copy is sound.
    func fromAnyCopy<Value>(
        _ read: (any ObjectStore) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        do throws(RecoveryError) { return try await read(self) } catch {
            let copies = copies
            guard error.code == .damaged || error.code == .wrongKey, copies.count > 1 else { throw error }
            for copy in copies {
                do throws(RecoveryError) {
                    let value = try await read(copy)
                    Logger(label: "martlet.store").warning(
                        "a copy is damaged, another was read: `repair --deep` replaces it",
                        metadata: ["object": "\(error.object.map { "\($0)" } ?? "")", "read": "\(copy.place)"]
                    )
                    return value
                } catch {
                    if error.code == .cancelled { throw error }
                }
            }
            throw error
        }
    }

    /// Replaces an object in each of several stores that has it, not just in as many as are required.
    /// - Throws: `.store` when one of them can't be asked or written to; those before have the new one.
    func replaceInEveryCopy(_ bytes: [UInt8], at key: ObjectKey) async throws(RecoveryError) {
        let copies = copies
        do throws(ObjectStoreError) {
            guard copies.count > 1 else {
                try await put(bytes, at: key, when: .always)
                return
            }
            for copy in copies where try await copy.info(key) != nil {
                try await copy.put(bytes, at: key, when: .always)
            }
        } catch {
            throw RecoveryError(error)
        }
    }
}
