// SPDX-License-Identifier: Apache-2.0
// Martlet: reading the body of a request: its content type, its size, its time.

internal import HTTPTypes
public import Hummingbird
public import NIOCore

extension Request {
    /// Checks the content type and collects the body.
    ///
    /// - Parameters:
    ///   - accepted: The media types that the route reads; their parameters are passed over, but a `charset` must be UTF-8.
    ///   - limit: Most bytes.
    /// - Returns: The body, and which of the types it is of (the first if the request names none and is empty).
    /// - Throws: 415, 413, 408 or 400.
    public func payload(_ accepted: [String], upTo limit: Int) async throws(ProblemError) -> (
        body: ByteBuffer, type: String
    ) {
        guard let type = accepted.first(where: { isContent($0) }) else {
            throw ProblemError(
                .unsupportedMediaType,
                detail: "this route reads \(accepted.joined(separator: " or "))",
                closesConnection: hasBody
            )
        }
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw ProblemError(
                .unsupportedMediaType,
                detail: "bodies are read without content coding",
                closesConnection: true
            )
        }
        return (try await collect(upTo: limit), type)
    }

    /// Collects the body, whatever it is.
    public func collect(upTo limit: Int) async throws(ProblemError) -> ByteBuffer {
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Self.tooLarge(limit)
        }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        } catch is RequestDeadlineExceeded {
            throw ProblemError(.requestTimeout, closesConnection: true)
        } catch {
            throw ProblemError(.badRequest, detail: "the body is not complete", cause: error, closesConnection: true)
        }
    }

    /// Whether bytes of a body may still be on their way.
    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    private func isContent(_ type: String) -> Bool {
        guard let header = headers[.contentType] else { return false }
        var parts = header.split(separator: ";", omittingEmptySubsequences: false)
        guard Self.trimmed(parts.removeFirst()).lowercased() == type else { return false }
        return parts.allSatisfy { parameter in
            let text = Self.trimmed(parameter).lowercased()
            return !text.hasPrefix("charset=") || text == "charset=utf-8" || text == "charset=\"utf-8\""
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private static func tooLarge(_ limit: Int) -> ProblemError {
        ProblemError(.tooLarge, detail: "this route reads at most \(limit) bytes", closesConnection: true)
    }
}
