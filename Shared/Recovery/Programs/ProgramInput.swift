// SPDX-License-Identifier: Apache-2.0
// Martlet: what a program that we run reads.
internal import NIOCore

/// The writing end of a program's standard input.
public struct ProgramInput: Sendable {
    let channel: any Channel

    /// Writes bytes, and returns when the system has them all; waits while the program is slower.
    /// - Throws: `.program` when it doesn't read any more, `.cancelled`.
    public func write(_ bytes: [UInt8]) async throws(RecoveryError) {
        let outcome: Result<Void, any Error> = await withTaskCancellationHandler {
            do {
                try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
                return .success(())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            // A program that doesn't read would keep the write waiting.
            channel.close(promise: nil)
        }
        guard case .failure(let error) = outcome else { return }
        if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled while a program was fed") }
        throw RecoveryError(.program, "the program stopped reading its input", cause: error)
    }
}
