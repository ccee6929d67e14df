// SPDX-License-Identifier: Apache-2.0
// Martlet: an HTTP answer that was read to its end.
internal import NIOHTTP1

/// Status, headers and body.
struct HTTPReply: Sendable {
    let status: Int
    let headers: HTTPHeaders
    /// Empty when the body went to the caller's receiver.
    let body: [UInt8]

    /// Whether it is a success.
    var isSuccess: Bool { (200..<300).contains(status) }

    /// The first header of a name.
    func header(_ name: String) -> String? { headers.first(name: name) }
}
