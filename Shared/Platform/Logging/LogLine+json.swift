// SPDX-License-Identifier: Apache-2.0
// Martlet: a log event as one JSON object.
internal import Logging

extension LogLine {
    /// Nesting of metadata beyond this depth is shown as a text.
    private static let maximumDepth = 8

    /// The event as JSON with a line end.
    static func json(_ record: LogRecord, limit: Int) -> [UInt8] {
        var line = LogLine(limit: limit)
        line.raw("{\"timestamp\":\"")
        line.timestamp(record.time)
        line.raw("\",\"level\":\"")
        line.plain(record.event.level.rawValue)
        line.raw("\",\"service\":")
        line.json(record.service)
        line.raw(",\"version\":")
        line.json(record.version)
        line.raw(",\"logger\":")
        line.json(record.label)
        for (name, value) in record.context.pairs {
            line.raw(",\"")
            line.raw(name)
            line.raw("\":")
            line.json(value)
        }
        line.raw(",\"message\":")
        line.json(record.event.message.description)
        if let error = record.event.error {
            line.raw(",\"error\":")
            line.json("\(error)")
        }
        if !record.metadata.isEmpty {
            line.raw(",\"metadata\":")
            line.json(record.metadata, depth: 0)
        }
        if line.isTruncated { line.raw(",\"truncated\":true") }
        line.raw("}\n")
        return line.bytes
    }

    private mutating func json(_ metadata: Logger.Metadata, depth: Int) {
        raw("{")
        var isFirst = true
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            guard hasRoom else {
                markTruncated()
                break
            }
            if !isFirst { raw(",") }
            isFirst = false
            json(key)
            raw(":")
            json(value, depth: depth + 1)
        }
        raw("}")
    }

    private mutating func json(_ value: Logger.MetadataValue, depth: Int) {
        switch value {
        case .string(let text): json(text)
        case .stringConvertible(let value): json(value.description)
        case .dictionary(let metadata) where depth < Self.maximumDepth: json(metadata, depth: depth)
        case .array(let values) where depth < Self.maximumDepth:
            raw("[")
            for (index, value) in values.enumerated() {
                guard hasRoom else {
                    markTruncated()
                    break
                }
                if index > 0 { raw(",") }
                json(value, depth: depth + 1)
            }
            raw("]")
        case .dictionary, .array: json("\(value)")
        }
    }
}
