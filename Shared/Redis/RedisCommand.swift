// SPDX-License-Identifier: Apache-2.0
// Martlet: a command, encoded into protocol bytes as it is built.

public import NIOCore

/// One Redis command, kept as the bytes that go over the wire.
///
/// ```swift
/// var command = RedisCommand("SET", argumentCapacity: 2)
/// command.append("greeting")
/// command.append("hello")
/// ```
public struct RedisCommand: Sendable {
    /// Room for `*`, ten digits and CR LF; the header is written right-aligned before the first argument.
    private static let headerSpace = 13

    private var storage: ByteBuffer
    private var argumentCount = 0

    /// Starts a command.
    ///
    /// - Parameters:
    ///   - name: The command's name, for example `XADD`.
    ///   - argumentCapacity: How many arguments will follow; only a hint for memory.
    ///   - byteCapacity: How many bytes the arguments hold together; only a hint for memory.
    public init(_ name: String, argumentCapacity: Int = 4, byteCapacity: Int = 0) {
        storage = ByteBuffer()
        storage.reserveCapacity(Self.headerSpace + 24 + argumentCapacity * 24 + byteCapacity)
        storage.writeRepeatingByte(0, count: Self.headerSpace)
        append(name)
    }

    /// The name and the arguments counted together.
    public var count: Int { argumentCount }

    /// The command's name, as it was given.
    public var name: String {
        // `*2 CR LF $4 CR LF name CR LF …`
        let lines = storage.readableBytesView.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
        return lines.count > 2 ? String(decoding: lines[2].dropLast(), as: UTF8.self) : ""
    }

    /// The bytes to send.
    public var encoded: ByteBuffer { storage }

    /// The number of bytes to send.
    public var byteCount: Int { storage.readableBytes }

    /// Adds a text argument.
    public mutating func append(_ argument: String) {
        var argument = argument
        argument.withUTF8 { append(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Adds an integer argument, written in decimal.
    public mutating func append(_ argument: some FixedWidthInteger) {
        let negative = argument < 0
        let magnitude = UInt64(argument.magnitude)
        let digits = Self.digitCount(magnitude)
        append(length: digits + (negative ? 1 : 0)) { target in
            if negative { target[0] = UInt8(ascii: "-") }
            Self.write(magnitude, digits: digits, to: target, at: negative ? 1 : 0)
        }
    }

    /// Adds a binary argument.
    public mutating func append(_ argument: [UInt8]) {
        argument.withUnsafeBytes { append(bytes: $0) }
    }

    /// Adds the readable bytes of a buffer as one argument.
    public mutating func append(_ argument: ByteBuffer) {
        argument.withUnsafeReadableBytes { append(bytes: $0) }
    }

    /// Adds a stream entry id such as `1526919030474-55`.
    public mutating func append(_ id: StreamEntryID) {
        let first = Self.digitCount(id.milliseconds)
        let second = Self.digitCount(id.sequence)
        append(length: first + 1 + second) { target in
            Self.write(id.milliseconds, digits: first, to: target, at: 0)
            target[first] = UInt8(ascii: "-")
            Self.write(id.sequence, digits: second, to: target, at: first + 1)
        }
    }

    private mutating func append(bytes: UnsafeRawBufferPointer) {
        append(length: bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// Writes `$length`, the argument that `body` fills in, and CR LF in one go: each write into a buffer has its price.
    private mutating func append(length: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        let digits = Self.digitCount(UInt64(length))
        let total = 1 + digits + 2 + length + 2
        storage.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { target in
            target[0] = UInt8(ascii: "$")
            Self.write(UInt64(length), digits: digits, to: target, at: 1)
            Self.writeLineEnd(to: target, at: 1 + digits)
            let start = 1 + digits + 2
            body(UnsafeMutableRawBufferPointer(rebasing: target[start..<start + length]))
            Self.writeLineEnd(to: target, at: start + length)
            return total
        }
        argumentCount += 1
        writeHeader()
    }

    private mutating func writeHeader() {
        // The server refuses leading zeros, so the header grows to the left.
        let digits = Self.digitCount(UInt64(argumentCount))
        let start = Self.headerSpace - 3 - digits
        let count = argumentCount
        storage.moveReaderIndex(to: start)
        storage.withUnsafeMutableReadableBytes { target in
            target[0] = UInt8(ascii: "*")
            Self.write(UInt64(count), digits: digits, to: target, at: 1)
            Self.writeLineEnd(to: target, at: 1 + digits)
        }
    }

    private static func writeLineEnd(to target: UnsafeMutableRawBufferPointer, at index: Int) {
        target[index] = 13
        target[index + 1] = 10
    }

    private static func write(_ value: UInt64, digits: Int, to target: UnsafeMutableRawBufferPointer, at index: Int) {
        var rest = value
        var position = index + digits
        while position > index {
            position -= 1
            target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }
}
