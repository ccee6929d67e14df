// SPDX-License-Identifier: Apache-2.0
// Martlet: the WAL of one timeline as it lies in a store.
public import ObjectStore
public import Platform

/// A timeline's WAL in a store.
public struct WALTimeline: Hashable, Sendable {
    /// A stored WAL file, or a piece of one.
    public struct File: Hashable, Sendable {
        /// Its object, size and time.
        public let info: ObjectInfo
        /// What it is.
        public let name: WALFileName
        /// Whether it is only a piece of that segment.
        public let isPiece: Bool

        /// Takes the three over.
        public init(_ info: ObjectInfo, _ name: WALFileName, isPiece: Bool = false) {
            self.info = info
            self.name = name
            self.isPiece = isPiece
        }
    }

    /// The timeline.
    public let id: UInt32
    /// Its files and pieces, by name.
    public var files: [File]
    /// Where it comes from; nil when that can't be read.
    public var history: TimelineHistory?

    /// A timeline's files; the first timeline needs no history.
    public init(_ id: UInt32, files: [File], history: TimelineHistory?) {
        self.id = id
        self.files = files
        self.history = id == 1 ? TimelineHistory(timeline: 1) : history
    }

    /// When it began, by the store's clock: its history was archived then.
    public var began: Timestamp? {
        files.first { $0.name == .history(id) }?.info.modified ?? files.map(\.info.modified).min()
    }

    /// The whole segments.
    var segments: [WALSegment] {
        files.compactMap { file in
            guard !file.isPiece, case .segment(let segment) = file.name else { return nil }
            return segment
        }
    }
}
