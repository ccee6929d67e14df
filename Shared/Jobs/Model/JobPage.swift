// SPDX-License-Identifier: Apache-2.0
// One page of a list of jobs.

/// One page of a list of jobs, newest first.
public struct JobPage: Sendable {
    /// The jobs; may be fewer than asked for, even none, while `next` is set, since one page looks at a bounded number of rows.
    public var jobs: [JobRecord]
    /// Where the next page begins (jobs older than this); nil when there is no more.
    public var next: JobID?
}
