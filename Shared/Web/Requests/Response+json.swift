// SPDX-License-Identifier: Apache-2.0
// Martlet: JSON and text as responses.

public import HTTPTypes
public import Hummingbird
internal import NIOCore

extension Response {
    /// A JSON response of what a writer wrote.
    public static func json(
        _ writer: JSONWriter,
        _ status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: writer.buffer))
    }

    /// A response of bytes that are ready.
    public static func bytes(
        _ bytes: [UInt8],
        type: String,
        _ status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
