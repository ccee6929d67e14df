// SPDX-License-Identifier: Apache-2.0
// Martlet: what an earlier run of a backup has left.
public import ObjectStore

/// What a resumed run takes over.
public struct ResumedParts: Sendable {
    /// Volumes that are whole.
    public internal(set) var volumes: [VolumeSummary] = []
    /// Chunks that are recognised.
    public internal(set) var chunks = 0
    /// Chunks that are stored, but were too many to remember: they are stored once more when they come again.
    public internal(set) var chunksBeyondLimit = 0
    /// Objects that are of no use any more, such as volumes that were never finished.
    public internal(set) var garbage: [ObjectKey] = []
}
