// SPDX-License-Identifier: Apache-2.0
// Martlet: libpq's COPY calls.

import CLibPQ

extension PostgresHandle {
    enum CopyIn { case taken, full, failed }

    /// Gives libpq a chunk of COPY data; `full` means: flush, then offer it again.
    func putCopy(_ chunk: [UInt8]) -> CopyIn {
        let status = chunk.withUnsafeBytes { bytes in
            PQputCopyData(
                connection,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(clamping: bytes.count)
            )
        }
        switch status {
        case 1: return .taken
        case 0: return .full
        default: return .failed
        }
    }

    /// Ends COPY IN, or has the server throw it away when there is a `reason`.
    func endCopy(reason: String?) -> CopyIn {
        switch PQputCopyEnd(connection, reason) {
        case 1: .taken
        case 0: .full
        default: .failed
        }
    }

    enum CopyOut {
        case chunk([UInt8])
        case wait
        case end
    }

    /// Takes a row of COPY OUT; errors follow as an answer after `end`.
    func getCopy() -> CopyOut {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(connection, &buffer, 1)
        defer { PQfreemem(buffer) }
        if count == 0 { return .wait }
        guard count > 0, let buffer else { return .end }
        return .chunk([UInt8](UnsafeRawBufferPointer(start: buffer, count: Int(count))))
    }

    enum CopyRead { case message, wait, end }

    /// Lends the next message of COPY OUT, if it has arrived whole; errors follow as an answer after `end`.
    func readCopy(_ body: (Span<UInt8>) -> Void) -> CopyRead {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(connection, &buffer, 1)
        defer { PQfreemem(buffer) }
        if count == 0 { return .wait }
        guard count > 0, let buffer else { return .end }
        buffer.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { bytes in
            body(UnsafeBufferPointer(start: bytes, count: Int(count)).span)
        }
        return .message
    }

    /// `name` as an SQL identifier.
    static func quoted(_ name: String) -> String {
        var text = "\""
        for character in name.unicodeScalars where character.value != 0 {
            text.unicodeScalars.append(character)
            if character == "\"" { text.append("\"") }
        }
        return text + "\""
    }
}
