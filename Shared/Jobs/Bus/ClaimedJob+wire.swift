// SPDX-License-Identifier: Apache-2.0
// A claimed job as the one field of a bus entry: a fixed head in network byte order, then kind, options and arguments.

internal import NIOCore

extension ClaimedJob {
    /// Arguments longer than this stay in the ledger, and the entry says so.
    static let largestArgsOnBus = 4_096
    /// The first byte: the layout's version. A worker leaves an entry that it can't read to the sweeper.
    private static let version: UInt8 = 1
    /// Stands for arguments that stayed in the ledger.
    private static let argsInLedger = UInt32.max

    /// The entry's payload.
    var wire: ByteBuffer {
        let options = options.encoded ?? ""
        let inline = args.flatMap { $0.count <= Self.largestArgsOnBus ? $0 : nil }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(40 + kind.utf8.count + options.utf8.count + (inline?.count ?? 0))
        buffer.writeMultipleIntegers(Self.version, id.rawValue, epoch, attempt, lane.rawValue, dispatchedAt)
        buffer.writeInteger(UInt8(kind.utf8.count))
        buffer.writeString(kind)
        buffer.writeInteger(UInt16(options.utf8.count))
        buffer.writeString(options)
        buffer.writeInteger(inline.map { UInt32($0.count) } ?? Self.argsInLedger)
        if let inline { buffer.writeBytes(inline) }
        return buffer
    }

    /// Reads a payload; nil when it is not one of ours, or of a layout that this version does not know.
    init?(wire: ByteBuffer) {
        var buffer = wire
        guard
            let (version, id, epoch, attempt, lane, dispatchedAt) = buffer.readMultipleIntegers(
                as: (UInt8, Int64, Int32, Int16, Int32, Int64).self
            ),
            version == Self.version,
            let kindLength = buffer.readInteger(as: UInt8.self), let kind = buffer.readString(length: Int(kindLength)),
            let optionsLength = buffer.readInteger(as: UInt16.self),
            let options = buffer.readString(length: Int(optionsLength)),
            let argsLength = buffer.readInteger(as: UInt32.self)
        else { return nil }
        var args: [UInt8]?
        if argsLength != Self.argsInLedger {
            guard let bytes = buffer.readBytes(length: Int(argsLength)) else { return nil }
            args = bytes
        }
        self.init(
            id: JobID(rawValue: id),
            epoch: epoch,
            attempt: attempt,
            lane: Lane(rawValue: lane),
            dispatchedAt: dispatchedAt,
            kind: kind,
            options: options.isEmpty ? .standard : JobOptions(encoded: options),
            args: args
        )
    }
}
