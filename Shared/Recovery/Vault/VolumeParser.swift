// SPDX-License-Identifier: Apache-2.0
// Martlet: takes a volume apart as its bytes come in.

/// Reads the frames of a volume from its beginning; at most one frame and one piece are kept.
///
/// After a frame that can't be opened it goes on with the next one; after a header that can't be one it gives up, since
/// nothing says where the next begins. At most 100 faults are kept.
struct VolumeParser: Sendable {
    /// What is wrong where.
    struct Fault: Sendable {
        let offset: Int64
        let message: String
    }

    private enum Stage { case header, frames, ended, lost }

    private let number: UInt32
    private let backup: BackupID
    private let key: DataKey?
    private let frames: [VolumeIndex.Frame]?
    private var stage = Stage.header
    private var buffer: [UInt8] = []
    private var offset: Int64 = 0
    private var seal: FrameSeal?
    private var mark = EndMark()
    private(set) var faults: [Fault] = []

    /// - Parameter frames: What the index says; nil when it can't be read.
    init(_ number: UInt32, of backup: BackupID, key: DataKey?, frames: [VolumeIndex.Frame]?) {
        self.number = number
        self.backup = backup
        self.key = key
        self.frames = frames
    }

    /// Takes the next bytes.
    mutating func feed(_ bytes: [UInt8], _ codecs: CodecContext) {
        guard stage != .lost else { return }
        buffer += bytes
        var cursor = ByteCursor(buffer)
        var used = 0
        do throws(FormatFault) {
            while try step(&cursor, codecs) { used = cursor.offset }
        } catch {
            report(error.message, at: offset + Int64(used))
            stage = .lost
            buffer = []
            return
        }
        buffer.removeFirst(used)
        offset += Int64(used)
    }

    /// Says that there are no more bytes.
    mutating func end() {
        guard stage == .header || stage == .frames else { return }
        report("it ends too early", at: offset + Int64(buffer.count))
    }

    /// Reads one part; false when its bytes are not all there yet.
    private mutating func step(_ cursor: inout ByteCursor, _ codecs: CodecContext) throws(FormatFault) -> Bool {
        switch stage {
        case .header: return try readHeader(&cursor)
        case .frames: return try readFrame(&cursor, codecs)
        case .ended:
            guard cursor.left == 0 else { throw FormatFault("bytes after the end") }
            return false
        case .lost: return false
        }
    }

    private mutating func readHeader(_ cursor: inout ByteCursor) throws(FormatFault) -> Bool {
        guard cursor.left >= VolumeHeader.size(for: backup) else { return false }
        let header = try VolumeHeader(&cursor)
        guard header.backup == backup, header.number == number, header.isEncrypted == (key != nil) else {
            throw FormatFault("it is volume \(header.number) of backup \(header.backup)")
        }
        seal = header.seal(by: key)
        stage = .frames
        return true
    }

    private mutating func readFrame(_ cursor: inout ByteCursor, _ codecs: CodecContext) throws(FormatFault) -> Bool {
        guard cursor.left >= FrameHeader.size, let seal else { return false }
        let start = offset + Int64(cursor.offset)
        let header = try FrameHeader(&cursor)
        guard header.number == mark.frames else {
            throw FormatFault("frame \(header.number) where \(mark.frames) should be")
        }
        guard let sealed = cursor.take(header.stored + FrameHeader.tagSize) else { return false }
        do throws(FormatFault) {
            let content = try seal.open(header, sealed)
            if header.kind == .end {
                guard EndMark(content) == mark, frames.map({ $0.count == Int(mark.frames) }) ?? true else {
                    throw FormatFault("the end is not where it should be")
                }
            } else {
                try check(content, header, start, codecs)
            }
        } catch {
            report(error.message, at: start)
        }
        if header.kind == .end {
            stage = .ended
        } else {
            mark.frames += 1
            mark.plain += UInt64(header.plain)
        }
        return true
    }

    private func check(
        _ content: [UInt8],
        _ header: FrameHeader,
        _ start: Int64,
        _ codecs: CodecContext
    ) throws(FormatFault) {
        let plain = try codecs.expand(content, by: header.codec, to: header.plain)
        guard let frames else { return }
        guard Int(header.number) < frames.count else { throw FormatFault("a frame that the index does not have") }
        let frame = frames[Int(header.number)]
        guard frame.kind == header.kind, frame.reference.offset == start, frame.reference.plain == header.plain,
            frame.reference.frame == header.number, frame.reference.stored == header.frameSize,
            frame.reference.sum == SHA256Sum(of: plain)
        else { throw FormatFault("it is not the frame that the index says") }
    }

    private mutating func report(_ message: String, at offset: Int64) {
        if faults.count < 100 { faults.append(Fault(offset: offset, message: message)) }
    }
}
