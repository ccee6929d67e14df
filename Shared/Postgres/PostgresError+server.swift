// SPDX-License-Identifier: Apache-2.0
// Martlet: turning libpq's error results into errors.

import CLibPQ

extension PostgresError {
    /// Reads the fields of a failed result.
    init(result: OpaquePointer, file: StaticString = #fileID, line: UInt = #line) {
        func field(_ letter: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) }
        }
        let message = field("M") ?? PQresultErrorMessage(result).map { Self.oneLine(String(cString: $0)) } ?? "unknown"
        let details = [field("D"), field("H"), field("W")].compactMap { $0 }.joined(separator: "; ")
        if let state = field("C") {
            self.init(
                .server(sqlState: state),
                message,
                details: details.isEmpty ? nil : details,
                file: file,
                line: line
            )
        } else {
            // libpq made the error itself: the connection is gone.
            self.init(.outcomeUnknown, message, file: file, line: line)
        }
    }

    /// libpq ends messages with a newline and puts one line per host tried.
    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
