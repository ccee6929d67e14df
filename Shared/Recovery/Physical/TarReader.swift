// SPDX-License-Identifier: Apache-2.0
// Martlet: takes a tar archive apart while it passes.

/// Finds entries and their content in the pieces of an archive; does no I/O and keeps no content.
///
/// ```swift
/// var position = 0
/// while let part = try reader.next(in: piece.span, at: &position) { … }
/// ```
struct TarReader {
    enum Part: Hashable {
        /// A header has ended at the position.
        case entry(TarEntry)
        /// Content of the last entry: these bytes of the piece.
        case content(Range<Int>)
        /// The last entry is whole, its padding included.
        case entryEnd
    }

    private enum State {
        case header
        case content(left: Int64, padding: Int)
        case padding(left: Int)
        case end
    }

    private var state = State.header
    private var header: [UInt8] = []
    /// Bytes read in all.
    private(set) var offset: Int64 = 0

    /// The next part in a piece, from a position on, which moves; nil when the piece is used up.
    /// - Throws: `.damaged`, `.request`, as of ``TarHeader``.
    mutating func next(in piece: Span<UInt8>, at position: inout Int) throws(RecoveryError) -> Part? {
        let before = position
        defer { offset += Int64(position - before) }
        while true {
            switch state {
            case .header:
                guard let block = takeHeader(piece, &position) else { return nil }
                guard let entry = try TarHeader.read(block.span) else {
                    state = .end
                    continue
                }
                let padding = Int(-entry.size & Int64(TarHeader.size - 1))
                state = .content(left: entry.size, padding: padding)
                return .entry(entry)
            case .content(0, let padding): state = .padding(left: padding)
            case .content(let left, let padding):
                let count = Int(min(left, Int64(piece.count - position)))
                guard count > 0 else { return nil }
                state = .content(left: left - Int64(count), padding: padding)
                defer { position += count }
                return .content(position..<(position + count))
            case .padding(let left):
                let count = min(left, piece.count - position)
                position += count
                guard count == left else {
                    state = .padding(left: left - count)
                    return nil
                }
                state = .header
                return .entryEnd
            case .end:
                while position < piece.count {
                    guard piece[position] == 0 else {
                        throw RecoveryError(.damaged, "a tar archive goes on behind its end")
                    }
                    position += 1
                }
                return nil
            }
        }
    }

    /// Checks that the archive has come to its end.
    func finish() throws(RecoveryError) {
        switch state {
        case .end: return
        case .header where header.isEmpty: return
        default: throw RecoveryError(.damaged, "a tar archive is cut off after \(offset) bytes")
        }
    }

    private mutating func takeHeader(_ piece: Span<UInt8>, _ position: inout Int) -> [UInt8]? {
        let count = min(TarHeader.size - header.count, piece.count - position)
        for index in position..<(position + count) { header.append(piece[index]) }
        position += count
        guard header.count == TarHeader.size else { return nil }
        defer { header.removeAll(keepingCapacity: true) }
        return header
    }
}
