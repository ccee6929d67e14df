// SPDX-License-Identifier: Apache-2.0
// Martlet: takes the messages of a log stream apart.

/// Joins what follows on another into one piece; does no I/O.
struct LogStreamInbox {
    let chunk: Int
    private var start = LSN.none
    private var gathered: [UInt8] = []
    private var keepalive: LSN?
    /// Whether the server asks for our state.
    private(set) var wantsReply = false
    /// The first message that was not understood.
    private(set) var problem: String?

    init(chunk: Int) { self.chunk = chunk }

    /// Takes a message; true when there is enough to deliver.
    mutating func take(_ message: Span<UInt8>) -> Bool {
        guard message.count > 0 else { return false }
        switch message[0] {
        case UInt8(ascii: "w") where message.count >= 25:
            let position = LSN(number(message, at: 1))
            let body = message.extracting(25...)
            if gathered.isEmpty { start = position }
            guard position == start + gathered.count else {
                problem = problem ?? "the log goes on at \(position) and not at \(start + gathered.count)"
                return true
            }
            gathered.append(span: body)
            return gathered.count >= chunk
        case UInt8(ascii: "k") where message.count == 18:
            keepalive = LSN(number(message, at: 1))
            if message[17] == 1 { wantsReply = true }
            return true
        default:
            problem = problem ?? "a message of kind \(message[0]) in a log stream"
            return true
        }
    }

    /// What is ready, data first.
    mutating func next() -> LogStreamEvent? {
        if !gathered.isEmpty {
            defer { gathered = [] }
            return .data(start, gathered)
        }
        defer { keepalive = nil }
        return keepalive.map { .keepalive($0) }
    }

    /// The server's question has been answered.
    mutating func replied() { wantsReply = false }

    private func number(_ message: Span<UInt8>, at offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in offset..<(offset + 8) { value = value << 8 | UInt64(message[index]) }
        return value
    }
}
