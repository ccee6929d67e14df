// SPDX-License-Identifier: Apache-2.0
// Martlet: takes the messages of a base backup's COPY apart.

/// Gathers the small pieces that the server sends into large ones; does no I/O.
struct BaseBackupInbox {
    /// Pieces are gathered up to about this many bytes.
    let chunk: Int
    private var gathered: [UInt8] = []
    private var events: [BaseBackupEvent] = []
    /// Bytes that the server has sent, as it says.
    private(set) var bytesDone: Int64 = 0
    /// The first message that was not understood.
    private(set) var problem: String?

    init(chunk: Int) {
        self.chunk = chunk
        gathered.reserveCapacity(chunk + 65_536)
    }

    /// Takes a message; true when there is something to deliver.
    mutating func take(_ message: Span<UInt8>) -> Bool {
        guard message.count > 0 else { return false }
        let body = message.extracting(1...)
        switch message[0] {
        case UInt8(ascii: "d"):
            gathered.append(span: body)
            if gathered.count >= chunk { deliver() }
        case UInt8(ascii: "n"):
            deliver()
            let names = strings(body)
            guard names.count == 2 else {
                problem = problem ?? "the beginning of an archive has no name"
                return true
            }
            events.append(.archive(name: names[0], location: names[1]))
        case UInt8(ascii: "m"):
            deliver()
            events.append(.manifest)
        case UInt8(ascii: "p") where body.count == 8:
            var count: UInt64 = 0
            for index in 0..<8 { count = count << 8 | UInt64(body[index]) }
            bytesDone = Int64(clamping: count)
        default:
            problem = problem ?? "a message of kind \(message[0]) in a base backup"
        }
        return !events.isEmpty || problem != nil
    }

    /// The next event, if any is ready.
    mutating func next() -> BaseBackupEvent? { events.isEmpty ? nil : events.removeFirst() }

    /// Nothing more will come: what is gathered becomes ready.
    mutating func end(_ position: LSN, _ timeline: UInt32) {
        deliver()
        events.append(.end(position, timeline: timeline))
    }

    private mutating func deliver() {
        guard !gathered.isEmpty else { return }
        events.append(.data(gathered))
        gathered = []
        gathered.reserveCapacity(chunk + 65_536)
    }

    /// Texts that each end with a NUL.
    private func strings(_ bytes: Span<UInt8>) -> [String] {
        var texts: [String] = []
        var text: [UInt8] = []
        for index in 0..<bytes.count {
            if bytes[index] == 0 {
                texts.append(String(decoding: text, as: UTF8.self))
                text = []
            } else {
                text.append(bytes[index])
            }
        }
        return texts
    }
}
