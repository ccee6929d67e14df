// SPDX-License-Identifier: Apache-2.0
// Martlet: reads small JSON bodies into values.

internal import FoundationEssentials
internal import Hummingbird
internal import NIOCore
internal import Web

enum RequestBody {
    /// The largest body: 64 KiB.
    static let largest = 65_536

    /// The bytes of a JSON body.
    static func bytes(_ request: Request) async throws(ProblemError) -> [UInt8] {
        Array(try await request.payload(["application/json"], upTo: largest).body.readableBytesView)
    }

    /// A value from a JSON body; throws a problem that names the field.
    ///
    /// - Parameter names: The members that the object may have.
    static func read<Value: Decodable>(
        _ request: Request,
        allowed: String,
        names: Set<String>
    ) async throws(ProblemError) -> Value {
        try decode(try await bytes(request), allowed: allowed, names: names)
    }

    /// A value from the bytes of a JSON body; throws a problem that names the field.
    static func decode<Value: Decodable>(
        _ bytes: [UInt8],
        allowed: String,
        names: Set<String>
    ) throws(ProblemError) -> Value {
        try check(bytes, names)
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            let (path, reason) = explain(error)
            throw ProblemError(
                .badRequest,
                detail: "the body is not valid",
                errors: [FieldError(.pointer(path), reason, allowed: allowed)]
            )
        }
    }

    /// Refuses what is no JSON object, and members that nobody reads: they are misspelt ones.
    private static func check(_ bytes: [UInt8], _ names: Set<String>) throws(ProblemError) {
        var stranger: String?
        do throws(JSONFault) {
            var scanner = JSONScanner(bytes)
            var isFirst = true
            try scanner.beginObject()
            while let key = try scanner.nextKey(&isFirst) {
                let name = scanner.string(key)
                if !names.contains(name), stranger == nil { stranger = name }
                _ = try scanner.skipValue()
            }
            try scanner.finish()
        } catch {
            throw .malformed(error)
        }
        guard let stranger else { return }
        throw ProblemError(
            .badRequest,
            detail: "the body is not valid",
            errors: [
                FieldError(
                    .pointer("/\(stranger.prefix(80))"),
                    "there is no such member",
                    allowed: names.sorted().joined(separator: ", ")
                )
            ]
        )
    }

    private static func explain(_ error: any Error) -> (String, String) {
        func path(_ keys: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            (keys + (last.map { [$0] } ?? [])).map { "/" + ($0.intValue.map { "\($0)" } ?? $0.stringValue) }.joined()
        }
        guard let error = error as? DecodingError else { return ("", "is not JSON") }
        switch error {
        case .keyNotFound(let key, let context): return (path(context.codingPath, key), "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return (path(context.codingPath), "is of the wrong type")
        case .dataCorrupted(let context): return (path(context.codingPath), "is not valid")
        @unknown default: return ("", "is not valid")
        }
    }
}
