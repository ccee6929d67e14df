// SPDX-License-Identifier: Apache-2.0
// Martlet: what the operator reads when the address can't be bound.

/// The server could not listen.
public struct ListenFailure: Error, Sendable, CustomStringConvertible {
    /// Address, port and the system's reason.
    public let description: String
    /// The error underneath.
    public let cause: any Error

    init(address: String, port: Int, cause: any Error) {
        description = "can't listen on \(address), port \(port): \(cause)"
        self.cause = cause
    }
}
