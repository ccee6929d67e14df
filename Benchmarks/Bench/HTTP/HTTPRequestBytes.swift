// SPDX-License-Identifier: Apache-2.0
// Martlet: requests, made once and sent many times.

import NIOCore

/// Whole requests as bytes.
enum HTTPRequestBytes {
    static func get(_ path: String, port: Int) -> ByteBuffer {
        ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
    }

    static func post(_ path: String, port: Int, json: String) -> ByteBuffer {
        ByteBuffer(
            string: """
                POST \(path) HTTP/1.1\r
                Host: 127.0.0.1:\(port)\r
                Content-Type: application/json\r
                Content-Length: \(json.utf8.count)\r
                \r
                \(json)
                """
        )
    }
}
