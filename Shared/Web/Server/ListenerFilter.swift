// SPDX-License-Identifier: Apache-2.0
// Martlet: makes a listening socket ignore new connections while those that have begun are still accepted.

internal import NIOCore

/// A socket filter (classic BPF, `SO_ATTACH_FILTER`) that drops each TCP segment with the SYN flag.
///
/// Closing a listening socket resets every connection that the kernel has set up and nobody has accepted. With the filter no more of them come, so that they can
/// all be accepted first. The client's kernel repeats its SYN a second later, and finds either nobody, which it may safely take for "try elsewhere", or the
/// next process on that port. For a listening TCP socket the filter sees the segment from its TCP header on (Linux, `tcp_filter`).
enum ListenerFilter {
    private struct Program {
        var length: UInt16
        /// Their address.
        var instructions: UInt
    }

    private struct Instruction {
        var code: UInt16
        var ifTrue: UInt8 = 0
        var ifFalse: UInt8 = 0
        var operand: UInt32
    }

    /// `SO_ATTACH_FILTER` in Linux' `asm-generic/socket.h`.
    private static let attachFilter: CInt = 26

    /// Attaches the filter.
    static func attach(to channel: any Channel) async throws {
        guard let provider = channel as? any SocketOptionProvider else { return }
        try await channel.eventLoop.flatSubmit {
            var instructions = [
                Instruction(code: 0x30, operand: 13),  // load the byte of the flags
                Instruction(code: 0x45, ifTrue: 0, ifFalse: 1, operand: 0x02),  // SYN?
                Instruction(code: 0x06, operand: 0),  // drop
                Instruction(code: 0x06, operand: .max),  // keep all of it
            ]
            // On the event loop the option is set before the call returns, so the pointer lives long enough.
            return instructions.withUnsafeMutableBufferPointer { buffer in
                let program = Program(length: UInt16(buffer.count), instructions: UInt(bitPattern: buffer.baseAddress))
                return provider.unsafeSetSocketOption(
                    level: NIOBSDSocket.OptionLevel.socket,
                    name: NIOBSDSocket.Option(rawValue: Self.attachFilter),
                    value: program
                )
            }
        }.get()
    }
}
