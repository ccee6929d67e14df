// SPDX-License-Identifier: Apache-2.0
// Martlet: bytes in, Redis replies out; the only owner of a hiredis reader.

internal import CHiredis
internal import NIOCore

/// Turns the bytes of one connection into replies, in any fragmentation.
///
/// hiredis calls back for every element in document order. The elements are collected as a flat list, all bulk bytes in
/// one buffer, and become a ``RedisValue`` once the reply is complete: one allocation for a reply's strings, not two each.
final class ReplyParser {
    /// hiredis copies what it is fed and moves its rest after each kilobyte consumed; small pieces keep that linear.
    private static let feedSize = 16 * 1024
    /// A status, error or length line longer than this is not a Redis server's.
    private static let longestLine = 1024 * 1024

    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let builder: ReplyBuilder
    private let maxReplyBytes: Int
    private var failure: RedisError?

    /// - Parameter maxReplyBytes: Upper bound of what one reply may need in memory.
    init(maxReplyBytes: Int) throws(RedisError) {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(to: ReplyBuilder.functions)
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            throw RedisError(.overloaded, "no memory for a reply reader")
        }
        self.functions = functions
        self.reader = reader
        self.maxReplyBytes = maxReplyBytes
        builder = ReplyBuilder(maxBytes: maxReplyBytes)
        reader.pointee.maxbuf = 4 * Self.feedSize
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Bytes received that are not yet part of a delivered reply, as they are held in memory.
    var pendingBytes: Int { reader.pointee.len - reader.pointee.pos + builder.heldBytes }

    /// Parses `bytes` and appends each completed reply to `replies`.
    ///
    /// Throws `.protocolViolation` for malformed or too large replies; the parser is then useless for ever.
    func parse(_ bytes: ByteBuffer, into replies: inout [RedisValue]) throws(RedisError) {
        if let failure { throw failure }
        var rest = bytes
        while let piece = rest.readSlice(length: min(Self.feedSize, rest.readableBytes)), piece.readableBytes > 0 {
            let status = piece.withUnsafeReadableBytes { raw in
                redisReaderFeed(reader, raw.bindMemory(to: CChar.self).baseAddress, raw.count)
            }
            guard status == REDIS_OK else { throw fail() }
            try drain(into: &replies)
        }
    }

    private func drain(into replies: inout [RedisValue]) throws(RedisError) {
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw fail() }
            guard reply != nil else { break }
            replies.append(builder.takeReply())
        }
        try checkBounds()
    }

    private func checkBounds() throws(RedisError) {
        let unread = reader.pointee.len - reader.pointee.pos
        guard unread > 0 else { return }
        guard unread + builder.heldBytes <= maxReplyBytes else { throw fail("reply larger than the bound") }
        guard let announced = announcedBulkLength(unread: unread) else {
            guard unread <= Self.longestLine else { throw fail("line larger than the bound") }
            return
        }
        guard announced <= maxReplyBytes - builder.heldBytes else { throw fail("bulk string larger than the bound") }
    }

    /// The length that an unfinished bulk string announces: refused at once, not after half a gigabyte was received.
    ///
    /// Nil while hiredis is not inside a bulk string or its length line is incomplete.
    private func announcedBulkLength(unread: Int) -> Int? {
        guard martlet_reader_type(reader) == REDIS_REPLY_STRING, let buffer = reader.pointee.buf else { return nil }
        let line = UnsafeBufferPointer(start: buffer + reader.pointee.pos, count: min(unread, 24))
        var length = 0
        for character in line {
            let byte = UInt8(bitPattern: character)
            if byte == UInt8(ascii: "\r") { return length }
            // hiredis itself reports anything that is no number once the line is complete.
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
            if length > maxReplyBytes { return length }
        }
        return nil
    }

    private func fail(_ reason: String? = nil) -> RedisError {
        let text = reason ?? builder.refusal ?? readerMessage()
        let error = RedisError(.protocolViolation, text)
        failure = error
        return error
    }

    private func readerMessage() -> String {
        withUnsafeBytes(of: &reader.pointee.errstr) { raw in
            let end = raw.firstIndex(of: 0) ?? raw.endIndex
            let text = String(decoding: raw[..<end], as: UTF8.self)
            // hiredis quotes the offending byte, which may be user data; its other messages are fixed texts.
            return text.hasPrefix("Protocol error") ? "unknown reply type" : text
        }
    }
}
