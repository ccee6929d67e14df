// SPDX-License-Identifier: Apache-2.0
// Martlet: the owner of one PGconn.

import CLibPQ
import CLinux

/// One libpq connection; used by one isolation domain, closed once.
///
/// Only this type's files call libpq on a connection, and none of its pointers leave them.
final class PostgresHandle {
    /// A PGconn on its way between threads: connected by one, then owned by another.
    struct Transfer: Sendable {
        fileprivate let bits: UInt
        init(_ connection: OpaquePointer) { bits = UInt(bitPattern: connection) }

        /// Frees a connection that found no owner.
        func discard() { PQfinish(OpaquePointer(bitPattern: bits)) }
    }

    private(set) var connection: OpaquePointer?

    init(adopting transfer: Transfer) {
        connection = OpaquePointer(bitPattern: transfer.bits)
        PQsetnonblocking(connection, 1)
        // libpq writes notices to stderr unless told otherwise.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { close() }

    /// Says good-bye to the server and frees the connection.
    func close() {
        PQfinish(connection)
        connection = nil
    }

    var socket: Int32 { PQsocket(connection) }
    var serverProcessID: Int32 { PQbackendPID(connection) }
    /// `150020` is 15.20.
    var serverVersion: Int32 { PQserverVersion(connection) }
    var isBroken: Bool { PQstatus(connection) != CONNECTION_OK }

    /// The connection's own last message, in one line.
    var errorMessage: String {
        guard let text = PQerrorMessage(connection) else { return "no connection" }
        return PostgresError.oneLine(String(cString: text))
    }

    /// Reads what has arrived; false when the connection is gone.
    ///
    /// Under TLS one read may leave the rest of a record inside OpenSSL, where epoll does not see it. A record has at most
    /// 16 KiB and libpq makes room for 8 KiB or twice its buffer each time, so that four reads leave nothing behind.
    func consumeInput() -> Bool {
        for _ in 0..<(PQsslInUse(connection) == 1 ? 4 : 1) {
            guard PQconsumeInput(connection) == 1 else { return false }
        }
        return true
    }

    /// Whether asking for a result would have to wait for the server.
    var isBusy: Bool { PQisBusy(connection) == 1 }

    enum Flush { case done, blocked, failed }

    /// Writes what is buffered.
    func flush() -> Flush {
        switch PQflush(connection) {
        case 0: .done
        case 1: .blocked
        default: .failed
        }
    }

    /// Holds small TCP segments back while a burst is written, so that it travels and wakes the server once.
    func setCork(_ enabled: Bool) { _ = martlet_set_cork(socket, enabled ? 1 : 0) }

    /// What the server said next.
    enum Answer {
        case result(PostgresResult)
        case failure(PostgresError)
        case pipelineSync
        case pipelineAborted
        case copyIn
        case copyOut
        /// COPY in both directions, as replication uses it.
        case copyBoth
        /// The end of one command's results.
        case end
    }

    /// Takes the next result; call it only when not busy.
    func nextAnswer() -> Answer {
        guard let result = PQgetResult(connection) else { return .end }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return .result(PostgresResult(adopting: result))
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            return .pipelineSync
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .pipelineAborted
        case PGRES_COPY_IN:
            PQclear(result)
            return .copyIn
        case PGRES_COPY_OUT:
            PQclear(result)
            return .copyOut
        case PGRES_COPY_BOTH:
            PQclear(result)
            return .copyBoth
        default:
            defer { PQclear(result) }
            return .failure(PostgresError(result: result))
        }
    }

    /// A notification that has been read, if any.
    func nextNotification() -> PostgresNotification? {
        guard let notification = PQnotifies(connection) else { return nil }
        defer { PQfreemem(notification) }
        return PostgresNotification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra),
            serverProcessID: notification.pointee.be_pid
        )
    }
}
