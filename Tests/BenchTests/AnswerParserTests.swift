// SPDX-License-Identifier: Apache-2.0
// Martlet: answers in pieces, several at once, and such that can't be read.

import NIOCore
import Testing

@testable import Bench

@Suite struct AnswerParserTests {
    private static let answer = """
        HTTP/1.1 201 Created\r
        Location: /v1/jobs/1\r
        content-length: 5\r
        \r
        hello
        """

    private func parse(_ pieces: [String]) throws -> [HTTPAnswer] {
        var parser = AnswerParser()
        var answers: [HTTPAnswer] = []
        for piece in pieces {
            var bytes = ByteBuffer(string: piece)
            parser.feed(&bytes)
            while let answer = try parser.next() { answers.append(answer) }
        }
        return answers
    }

    @Test func readsAnAnswerWhereverItIsCut() throws {
        let text = Self.answer
        for cut in 0...text.utf8.count {
            let head = String(decoding: Array(text.utf8).prefix(cut), as: UTF8.self)
            let tail = String(decoding: Array(text.utf8).dropFirst(cut), as: UTF8.self)
            let answers = try parse([head, tail])
            #expect(answers.map(\.status) == [201], "cut at \(cut)")
            #expect(answers.map { String(buffer: $0.body) } == ["hello"], "cut at \(cut)")
        }
    }

    @Test func readsSeveralAnswersFromOnePiece() throws {
        let answers = try parse([Self.answer + Self.answer + Self.answer])
        #expect(answers.map(\.status) == [201, 201, 201])
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        String(repeating: "x", count: 70_000),
    ])
    func refusesWhatItCannotRead(_ text: String) {
        #expect(throws: BenchError.self) { try parse([text]) }
    }
}
