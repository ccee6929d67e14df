// SPDX-License-Identifier: Apache-2.0
// Martlet: checks the pages of relations while a base backup passes.

/// Counts and finds; does no I/O. At most ``limit`` damaged pages are kept by name, all are counted.
struct PageCheck {
    /// Damaged pages that are named.
    static let limit = 1_000

    /// Pages looked at.
    private(set) var pages: Int64 = 0
    /// Pages with wrong checksums.
    private(set) var damagedCount = 0
    /// The first of them.
    private(set) var damaged: [DamagedPage] = []

    private let start: UInt64
    /// The path of the archive's root below the data folder, for messages.
    private var root = ""
    private var relation: RelationFile?
    private var path = ""
    private var nextPage: UInt32 = 0
    private var partial: [UInt8] = []

    /// - Parameter start: the position at which the backup began.
    init(start: UInt64) { self.start = start }

    /// A file's content will come.
    mutating func begin(_ entry: TarEntry, tablespace: String?) {
        relation = entry.kind == .file ? RelationFile(entry.path, inTablespace: tablespace != nil) : nil
        path = tablespace.map { "pg_tblspc/\($0)/\(entry.path)" } ?? entry.path
        nextPage = 0
        partial.removeAll(keepingCapacity: true)
    }

    /// Content of the file.
    mutating func take(_ piece: Span<UInt8>, _ range: Range<Int>) {
        guard relation != nil else { return }
        var position = range.lowerBound
        if !partial.isEmpty {
            let count = min(PageChecksum.pageSize - partial.count, range.count)
            append(piece, position..<(position + count))
            position += count
            guard partial.count == PageChecksum.pageSize else { return }
            let page = partial
            partial = []
            examine(page.span, at: 0)
        }
        while range.upperBound - position >= PageChecksum.pageSize {
            examine(piece, at: position)
            position += PageChecksum.pageSize
        }
        append(piece, position..<range.upperBound)
    }

    private mutating func append(_ piece: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        piece.extracting(range).withUnsafeBufferPointer { partial.append(contentsOf: $0) }
    }

    private mutating func examine(_ bytes: Span<UInt8>, at offset: Int) {
        guard let relation else { return }
        let block = relation.firstBlock &+ nextPage
        pages += 1
        if PageChecksum.examine(bytes, at: offset, block: block, limit: start) == .damaged {
            damagedCount += 1
            if damaged.count < Self.limit { damaged.append(DamagedPage(file: path, page: nextPage)) }
        }
        nextPage += 1
    }
}
