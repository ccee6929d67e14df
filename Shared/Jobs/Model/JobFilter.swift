// SPDX-License-Identifier: Apache-2.0
// Which jobs a list shows.

/// Which jobs a list shows; nil means any.
public struct JobFilter: Hashable, Sendable {
    /// Where they stand.
    public var state: JobState?
    /// The queue's name.
    public var queue: String?
    /// The kind.
    public var kind: String?
    /// A tag that they bear.
    public var tag: String?

    /// Creates a filter.
    public init(state: JobState? = nil, queue: String? = nil, kind: String? = nil, tag: String? = nil) {
        self.state = state
        self.queue = queue
        self.kind = kind
        self.tag = tag
    }
}
