// SPDX-License-Identifier: Apache-2.0
// Martlet: the pipes of a program on an event loop.
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Platform

/// The pipes of a child as channels; each is closed by the method that uses it.
struct ProgramPipes: Sendable {
    typealias Reading = NIOAsyncChannel<ByteBuffer, Never>

    let input: (any Channel)?
    let output: Reading
    let errors: Reading

    /// Takes over the child's descriptors; closes them all when it can't.
    static func open(_ child: ChildProcess, on loop: any EventLoop) async throws(RecoveryError) -> ProgramPipes {
        var left = [child.output, child.errors] + (child.input.map { [$0] } ?? [])
        var open: [any Channel] = []
        do {
            let output = try await read(child.output, on: loop)
            left.removeFirst()
            open.append(output.channel)
            let errors = try await read(child.errors, on: loop)
            left.removeFirst()
            open.append(errors.channel)
            guard let descriptor = child.input else {
                return ProgramPipes(input: nil, output: output, errors: errors)
            }
            let input = try await NIOPipeBootstrap(group: loop).takingOwnershipOfDescriptor(output: descriptor).get()
            return ProgramPipes(input: input, output: output, errors: errors)
        } catch {
            for descriptor in left { close(descriptor) }
            for channel in open { channel.close(promise: nil) }
            throw RecoveryError(.internal, "the pipes of a program can't be watched", cause: error)
        }
    }

    private static func read(_ descriptor: Int32, on loop: any EventLoop) async throws -> Reading {
        try await NIOPipeBootstrap(group: loop).takingOwnershipOfDescriptor(input: descriptor) { channel in
            channel.eventLoop.makeCompletedFuture { try Reading(wrappingChannelSynchronously: channel) }
        }
    }

    /// Hands over what comes from a pipe, to its end.
    static func drain(
        _ pipe: Reading,
        _ body: @escaping @Sendable ([UInt8]) async throws(RecoveryError) -> Void
    ) async throws {
        try await pipe.executeThenClose { inbound in
            for try await buffer in inbound { try await body(Array(buffer.readableBytesView)) }
        }
    }
}
