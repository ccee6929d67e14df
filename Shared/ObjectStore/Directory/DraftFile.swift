// SPDX-License-Identifier: Apache-2.0
// Martlet: a file that is not an object yet.
internal import Platform
internal import Synchronization

/// A file beside its later place, which goes away unless it is published; its calls block.
final class DraftFile: Sendable {
    /// How such files' names begin; no part of a key begins with a dot.
    static let prefix = ".draft-"

    private struct State {
        var file: Descriptor?
        var size: Int64 = 0
    }

    let key: ObjectKey
    private let folder: Descriptor
    private let name: String
    private let state: Mutex<State>

    /// Creates the file.
    init(for key: ObjectKey, in folder: Descriptor) throws(FileTrouble) {
        self.key = key
        self.folder = folder
        name = Self.prefix + String(UInt64.random(in: 0 ... .max), radix: 36)
        let file = try folder.create(name)
        file.inheritMode(from: folder, isFolder: false)
        state = Mutex(State(file: file))
    }

    deinit { discard() }

    /// Appends bytes; if that fails, the file is removed at once, which is what makes room on a full disk.
    func write(_ bytes: [UInt8]) throws(FileTrouble) {
        try discardingOnFailure { (state) throws(FileTrouble) in
            guard let file = state.file else { throw .own(.unavailable, "the upload has ended") }
            try file.write(bytes)
            state.size += Int64(bytes.count)
        }
    }

    /// Makes the file an object: durable, then named, then durable under its name; or removes it.
    func publish(when condition: WriteCondition) throws(FileTrouble) -> ObjectInfo {
        try discardingOnFailure { (state) throws(FileTrouble) in
            guard let file = state.file else { throw .own(.unavailable, "the upload has ended") }
            try file.sync()
            let final = String(key.name)
            switch condition {
            case .always: try folder.rename(name, to: final)
            case .absent:
                do throws(FileTrouble) { try folder.renameIfAbsent(name, to: final) } catch {
                    throw try explain(error, final)
                }
            }
            // From here on it is an object: nothing removes it, even if the folder can't be brought to the disk.
            state.file = nil
            let status = try file.status()
            try folder.sync()
            return ObjectInfo(key: key, size: state.size, modified: status.modified)
        }
    }

    /// Removes the file unless it was published; a failure leaves a draft, which is swept later.
    func discard() { state.withLock { remove(&$0) } }

    private func remove(_ state: inout State) {
        guard state.file != nil else { return }
        state.file = nil
        _ = try? folder.removeFile(name)
    }

    private func discardingOnFailure<Value: Sendable>(
        _ body: (inout State) throws(FileTrouble) -> Value
    ) throws(FileTrouble) -> Value {
        try state.withLock { (state) throws(FileTrouble) in
            do throws(FileTrouble) { return try body(&state) } catch {
                remove(&state)
                throw error
            }
        }
    }

    /// `EEXIST` because of a folder is not the statement that an object exists.
    private func explain(_ trouble: FileTrouble, _ final: String) throws(FileTrouble) -> FileTrouble {
        guard trouble.code == .exists else { return trouble }
        guard let status = try folder.status(of: final), case .folder = status.kind else {
            return .own(.exists, "an object of this name exists")
        }
        return .own(.denied, "a folder of other objects has this name")
    }
}
