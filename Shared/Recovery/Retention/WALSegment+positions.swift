// SPDX-License-Identifier: Apache-2.0
// Martlet: which part of the log a file holds.

extension WALFileName {
    /// The segment that it is, is a part of, or belongs to; nil for a history.
    var segment: WALSegment? {
        switch self {
        case .segment(let segment), .partial(let segment), .backup(let segment, _): segment
        case .history: nil
        }
    }
}

extension WALSegment {
    /// The positions that it may hold; when the size is not known, all that begin with its upper half.
    func positions(size: Int?) -> Range<UInt64> {
        let base = UInt64(upper) << 32
        guard let size = size.map({ UInt64($0) }), size > 0 else {
            return base..<(upper == .max ? .max : base + (1 << 32))
        }
        let (offset, overflow) = UInt64(lower).multipliedReportingOverflow(by: size)
        let (start, overflow2) = base.addingReportingOverflow(offset)
        let (end, overflow3) = start.addingReportingOverflow(size)
        return overflow || overflow2 || overflow3 ? base..<UInt64.max : start..<end
    }
}
