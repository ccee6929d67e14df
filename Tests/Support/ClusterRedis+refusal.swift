// SPDX-License-Identifier: Apache-2.0
// Martlet: a Redis server that answers, and refuses to write.

import Glibc

extension ClusterRedis {
    /// Why the server refuses to write.
    public enum Refusal: String, Sendable, CaseIterable {
        /// Its memory is full (`OOM`); reading goes on.
        case memory
        /// Its last snapshot could not be written (`MISCONF`), as on a full disk.
        case disk
        /// It has become somebody's replica (`READONLY`).
        case replica
    }

    /// Has the server refuse every command that adds something.
    public func refuse(_ refusal: Refusal) async throws {
        switch refusal {
        case .memory: try await send(["CONFIG", "SET", "maxmemory", "1"])
        case .disk:
            // A folder in the place of the file that the server is about to write.
            unlink(snapshotPath)
            guard mkdir(snapshotPath, 0o755) == 0 else { throw ClusterFailure("the snapshot's place is taken") }
            try await send(["CONFIG", "SET", "save", "86400 1"])
            try await send(["BGSAVE"])
        case .replica: try await send(["REPLICAOF", "127.0.0.1", "1"])
        }
    }

    /// Has the server write again.
    public func accept(_ refusal: Refusal) async throws {
        switch refusal {
        case .memory: try await send(["CONFIG", "SET", "maxmemory", "0"])
        case .disk:
            rmdir(snapshotPath)
            try await send(["BGSAVE"])
            try await send(["CONFIG", "SET", "save", ""])
        case .replica: try await send(["REPLICAOF", "NO", "ONE"])
        }
    }
}
