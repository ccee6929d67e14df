// SPDX-License-Identifier: Apache-2.0
// Martlet: a result as one line of JSON.

internal import NIOCore
internal import Web

/// One object and a line end.
struct ResultJSON {
    let text: String

    init(_ body: (inout JSONWriter) -> Void) {
        var json = JSONWriter(capacity: 1_024)
        json.object(body)
        text = String(buffer: json.buffer) + "\n"
    }
}
