// SPDX-License-Identifier: Apache-2.0
// Martlet: how the log is received.
public import Resilience

/// The settings of a ``WALReceiver``.
public struct WALReceiverSettings: Sendable {
    /// The slot's name: 1 to 63 of `a-z 0-9 _`; made when it is not there.
    public var slot: String
    /// The oldest byte waits at most so long for the store; default 1 s.
    public var interval: Duration = .seconds(1)
    /// So many bytes don't wait; default 4 MiB.
    public var pieceSize = 4 << 20
    /// Whether commits wait for the store, so that no byte waits for others; default no.
    public var isSynchronous = false
    /// How long the server may be silent before the connection counts as dead; default 30 s.
    public var silence: Duration = .seconds(30)
    /// The waits between attempts to connect; default 100 ms to 5 s.
    public var backoff: Backoff = .exponential(cap: .seconds(5))

    /// Names the slot.
    /// - Throws: `.request` for a name that is none.
    public init(slot: String) throws(RecoveryError) {
        let isName = slot.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard isName, (1...63).contains(slot.utf8.count) else {
            throw RecoveryError(.request, "a slot's name has 1 to 63 of a-z, 0-9 and _, not \(slot.debugDescription)")
        }
        self.slot = slot
    }

    var rules: WALAssembly.Rules {
        var rules = WALAssembly.Rules()
        rules.interval = interval
        rules.pieceSize = pieceSize
        rules.isImmediate = isSynchronous
        return rules
    }
}
