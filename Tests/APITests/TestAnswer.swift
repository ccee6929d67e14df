// SPDX-License-Identifier: Apache-2.0
// Martlet: a response as tests read it.

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

/// A status, headers and a JSON body.
struct TestAnswer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String
    private let body: [UInt8]

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
        body = Array(response.body.readableBytesView)
    }

    /// The raw text of a member, found by its path of keys and indexes such as `jobs/0/id`; strings are decoded.
    subscript(path: String) -> String? {
        var range = 0..<body.count
        for step in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let found = Self.member(String(step), of: range, in: body) else { return nil }
            range = found
        }
        var scanner = JSONScanner(body, in: range)
        if let token = try? scanner.stringToken() { return scanner.string(token) }
        return String(decoding: body[range], as: UTF8.self)
    }

    /// The members of an array of strings.
    func strings(_ path: String) -> [String] {
        var values: [String] = []
        while let value = self["\(path)/\(values.count)"] { values.append(value) }
        return values
    }

    private static func member(_ step: String, of range: Range<Int>, in body: [UInt8]) -> Range<Int>? {
        var scanner = JSONScanner(body, in: range)
        var isFirst = true
        do throws(JSONFault) {
            if let index = Int(step), try scanner.nextKind() == .array {
                try scanner.beginArray()
                var position = 0
                while try scanner.nextElement(&isFirst) {
                    let element = try scanner.skipValue()
                    if position == index { return element }
                    position += 1
                }
            } else if try scanner.nextKind() == .object {
                try scanner.beginObject()
                while let key = try scanner.nextKey(&isFirst) {
                    let isIt = scanner.string(key) == step
                    let value = try scanner.skipValue()
                    if isIt { return value }
                }
            }
        } catch {
            Issue.record("the body is not JSON: \(error)")
        }
        return nil
    }

    /// The pointers, parameters and headers that the errors name.
    var places: [String] {
        var places: [String] = []
        while self["errors/\(places.count)"] != nil {
            let base = "errors/\(places.count)"
            places.append(self["\(base)/pointer"] ?? self["\(base)/parameter"] ?? self["\(base)/header"] ?? "?")
        }
        return places
    }
}
