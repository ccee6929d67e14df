// SPDX-License-Identifier: Apache-2.0
// Martlet: libyaml's parser, which this owns and frees; no pointer leaves this file.

internal import CYAML

/// Reads a text event by event, as libyaml does; https://pyyaml.org/wiki/LibYAML.
struct YAMLEvents: ~Copyable {
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)

    /// Takes a copy of a text in UTF-8; throws `syntax` when there is no memory for a parser.
    init(_ text: some Sequence<UInt8>) throws(YAMLError) {
        let whole = Array(text)
        // For libyaml a mark of the byte order is a character of the first line, which then begins in column 1.
        let bytes = whole.dropFirst(whole.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        self.text = .allocate(capacity: bytes.count)
        _ = self.text.initialize(from: bytes)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(.syntax, "the file can't be read: there is no memory", line: nil)
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.text.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event; after the end of the stream it is that again.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let (kind, anchor): (YAMLEvent.Kind, UnsafeMutablePointer<yaml_char_t>?) =
            switch event.type {
            case YAML_STREAM_START_EVENT: (.streamStart, nil)
            case YAML_DOCUMENT_START_EVENT: (.documentStart, nil)
            case YAML_DOCUMENT_END_EVENT: (.documentEnd, nil)
            case YAML_ALIAS_EVENT: (.alias(Self.text(event.data.alias.anchor) ?? ""), nil)
            case YAML_SCALAR_EVENT: (Self.scalar(event.data.scalar), event.data.scalar.anchor)
            case YAML_SEQUENCE_START_EVENT: (.listStart, event.data.sequence_start.anchor)
            case YAML_SEQUENCE_END_EVENT: (.listEnd, nil)
            case YAML_MAPPING_START_EVENT: (.mapStart, event.data.mapping_start.anchor)
            case YAML_MAPPING_END_EVENT: (.mapEnd, nil)
            default: (.streamEnd, nil)
            }
        return YAMLEvent(kind: kind, anchor: Self.text(anchor), line: Int(event.start_mark.line) + 1)
    }

    private static func scalar(_ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar) -> YAMLEvent.Kind {
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// What libyaml says of a text that it doesn't read.
    private func failure() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "there is no memory for it"
        let context = parser.pointee.context.map { "\(String(cString: $0)), " } ?? ""
        // What can't be decoded has a place in bytes, the rest a line.
        let line =
            parser.pointee.error == YAML_READER_ERROR
            ? text.prefix(parser.pointee.problem_offset).count { $0 == 0x0A } : Int(parser.pointee.problem_mark.line)
        return YAMLError(.syntax, "the file is not YAML: \(context)\(problem)", line: line + 1)
    }
}
