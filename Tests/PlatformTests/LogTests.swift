// SPDX-License-Identifier: Apache-2.0
// Martlet: log lines: valid JSON whatever the input, ids from the context, bounds, levels, slow readers.
import TestSupport
import FoundationEssentials
import Glibc
import Logging
import Testing

@testable import Platform

@Suite struct LogTests {
    struct Line: Decodable {
        var timestamp: String
        var level: String
        var service: String
        var version: String
        var logger: String
        var message: String
        var request_id: String?
        var job_id: String?
        var error: String?
        var truncated: Bool?
        var metadata: [String: Value]?
    }

    /// Metadata as it comes back from JSON.
    enum Value: Decodable, Equatable {
        case text(String), list([Value]), map([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) { self = .text(text); return }
            if let list = try? container.decode([Value].self) { self = .list(list); return }
            self = .map(try container.decode([String: Value].self))
        }
    }

    /// A pipe whose reading end gives the lines.
    final class Pipe {
        let reader: Int32
        let writer: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            (reader, writer) = (ends[0], ends[1])
        }

        deinit { close(reader); close(writer) }

        func read() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            let count = Glibc.read(reader, &buffer, buffer.count)
            return Array(buffer.prefix(max(0, count)))
        }
    }

    private func sink(_ pipe: Pipe, _ format: LogFormat = .json, level: Logger.Level = .trace) -> LogSink {
        LogSink(
            service: "test",
            version: "1",
            settings: LoggingSettings(level: level, format: format),
            output: LogOutput(fileDescriptor: pipe.writer),
            now: { Timestamp(seconds: 0) }
        )
    }

    private func decode(_ pipe: Pipe) throws -> Line {
        let bytes = pipe.read()
        #expect(bytes.last == 10)
        #expect(bytes.count { $0 == 10 } == 1, "one event is one line")
        return try JSONDecoder().decode(Line.self, from: Data(bytes))
    }

    @Test func writesEverythingAsJSON() throws {
        let pipe = try Pipe()
        var logger = sink(pipe).logger(label: "martlet.x")
        logger[metadataKey: "a"] = "own"
        logger[metadataKey: "b"] = "own"
        logger.warning("hello", metadata: ["b": ["x", ["y": "z"]], "n": .stringConvertible(5)])
        let line = try decode(pipe)
        #expect(line.timestamp == "1970-01-01T00:00:00.000000Z")
        #expect(
            [line.level, line.service, line.version, line.logger, line.message] == [
                "warning", "test", "1", "martlet.x", "hello",
            ]
        )
        #expect(
            line.metadata == ["a": .text("own"), "b": .list([.text("x"), .map(["y": .text("z")])]), "n": .text("5")]
        )
    }

    @Test func escapesWhateverComes() throws {
        let pipe = try Pipe()
        let logger = sink(pipe).logger(label: "l\"")
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of log lines: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let bytes = (0..<40).map { _ in UInt8.random(in: 0...(round % 2 == 0 ? 63 : 255), using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)  // invalid UTF-8 is repaired here, as anywhere in Swift
            logger.info("\(text)", metadata: [text: "\(text)"])
            let line = try decode(pipe)
            #expect(line.message == text)
            #expect(line.metadata == [text: .text(text)])
        }
    }

    @Test func repeatedWarningsAreCutAndInformationIsNot() throws {
        let pipe = try Pipe()
        let sink = LogSink(
            service: "test",
            settings: LoggingSettings(repeats: 5),
            output: LogOutput(fileDescriptor: pipe.writer),
            now: { Timestamp(seconds: 0) }
        )
        let logger = sink.logger(label: "l")
        for number in 0..<50 { logger.warning("again \(number)") }
        #expect(pipe.read().count { $0 == 10 } == 5 && sink.suppressedLines == 45)
        for number in 0..<50 { logger.info("request \(number)") }
        #expect(pipe.read().count { $0 == 10 } == 50)
    }

    /// In a process of its own, because signals belong to the process: no other test's program or handler has a part in it.
    @Test(.timeLimit(.minutes(1))) func signalsChangeTheLevel() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let pipe = try Pipe()
            let sink = LogTests().sink(pipe, level: .info)
            let listening = Task { try await LogLevelSignals(sink).run() }
            // A signal that comes before the trap would end the process; one that comes while it is being set may be lost.
            var action = sigaction()
            while action.__sigaction_handler.sa_handler == nil {
                await Task.yield()
                sigaction(SIGUSR1, nil, &action)
            }
            for (signal, wanted) in [(SIGUSR1, Logger.Level.trace), (SIGUSR2, .info)] {
                while sink.level.level != wanted {
                    kill(getpid(), signal)
                    await Task.yield()
                }
            }
            listening.cancel()
            try await listening.value
            let levels = String(decoding: pipe.read(), as: UTF8.self).split(separator: "\n").compactMap { line in
                try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).metadata?["level"]
            }
            guard levels.prefix(2) == [.text("debug"), .text("trace")], levels.dropFirst(2).contains(.text("info"))
            else { exit(9) }
        }
    }

    @Test func bearsTheIdsOfTheContext() async throws {
        let pipe = try Pipe()
        let logger = sink(pipe).logger(label: "l")
        await LogContext.with({ $0.requestID = "r1" }) {
            await LogContext.with({ $0.jobID = "j1" }) {
                async let child: Void = { logger.info("inside") }()
                await child
            }
        }
        let inside = try decode(pipe)
        #expect([inside.request_id, inside.job_id] == ["r1", "j1"])
        logger.info("outside")
        #expect(try decode(pipe).request_id == nil)
        LogContext.with({ $0.queue = "q" }) { #expect(LogContext.metadataProvider.get() == ["queue": "q"]) }
    }

    @Test func boundsTheLineAndKeepsItValid() throws {
        let pipe = try Pipe()
        try #require(fcntl(pipe.writer, 1031, 1 << 20) > 0, "F_SETPIPE_SZ")
        let logger = sink(pipe).logger(label: "l")
        let huge = String(repeating: "é\u{1}", count: 100_000)
        logger.info("\(huge)", metadata: ["k": "\(huge)", "m": .array(Array(repeating: "x", count: 100_000))])
        let first = try decode(pipe)
        #expect(first.truncated == true)
        #expect(first.message.hasSuffix("…"))
        logger.info("short", metadata: Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("key\($0)", "value") }))
        let bytes = pipe.read()
        #expect(bytes.count <= LogOutput.maximumLineLength)
        #expect(try JSONDecoder().decode(Line.self, from: Data(bytes)).truncated == true)
        var deep: Logger.MetadataValue = "end"
        for _ in 0..<200 { deep = ["d": deep] }
        logger.info("deep", metadata: ["deep": deep])
        #expect(try decode(pipe).message == "deep")
    }

    @Test func textCannotBeForged() throws {
        let pipe = try Pipe()
        let logger = sink(pipe, .text).logger(label: "l")
        LogContext.with({ $0.requestID = "r 1" }) { logger.error("a\nb\u{1B}[31m", metadata: ["k": "v", "q": "a b"]) }
        let text = String(decoding: pipe.read(), as: UTF8.self)
        #expect(text == "1970-01-01T00:00:00.000000Z ERROR l: a\\nb\\u001b[31m request_id=\"r 1\" k=v q=\"a b\"\n")
    }

    @Test func theLevelChangesWhileRunning() throws {
        let pipe = try Pipe()
        let sink = sink(pipe, level: .info)
        let logger = sink.logger(label: "l")
        logger.debug("unseen")
        sink.level.level = .debug
        logger.debug("seen")
        #expect(try decode(pipe).message == "seen")
        var own = logger
        own.logLevel = .error
        sink.level.level = .trace
        own.warning("unseen")
        logger.trace("last")
        #expect(try decode(pipe).message == "last")
    }

    @Test func aSlowReaderGetsWholeLinesAndABlockedOneCostsThem() throws {
        let pipe = try Pipe()
        _ = fcntl(pipe.writer, F_SETFL, fcntl(pipe.writer, F_GETFL) | O_NONBLOCK)
        let output = LogOutput(fileDescriptor: pipe.writer, patience: .milliseconds(50))
        let line = [UInt8](repeating: 65, count: 49_999) + [10]
        output.write(line)
        output.write(line)
        #expect(output.droppedLines == 1, "the second line does not fit into a pipe of 64 KiB")
        let closed = LogOutput(fileDescriptor: -1)
        closed.write(line)
        #expect(closed.droppedLines == 1)
    }
}
