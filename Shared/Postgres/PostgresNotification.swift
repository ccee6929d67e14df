// SPDX-License-Identifier: Apache-2.0
// Martlet: one NOTIFY as received.

/// A message that some session sent by NOTIFY.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent to.
    public let channel: String
    /// The text sent with it, under 8000 bytes; may be empty.
    public let payload: String
    /// Process id of the server process that sent it.
    public let serverProcessID: Int32
}
