// SPDX-License-Identifier: Apache-2.0
// Martlet: reading one field's value: its type, its bounds, and an error when either is wrong.

internal import Jobs
internal import Platform
internal import Web

extension JobReader {
    /// A value byte for byte.
    mutating func raw(_ field: JobField, limit: Int) throws(JSONFault) -> [UInt8]? {
        let range = try scanner.skipValue()
        guard range.count <= limit else {
            report(field, "is \(range.count) bytes long", allowed: "at most \(limit) bytes")
            return nil
        }
        return Array(scanner.bytes[range])
    }

    /// A string of letters, digits and a few signs.
    mutating func name(_ field: JobField, limit: Int, allowed: String) throws(JSONFault) -> String? {
        guard try scanner.nextKind() == .string else {
            try refuse(field, "must be a string", allowed: allowed)
            return nil
        }
        let text = scanner.string(try scanner.stringToken())
        guard JobLimits.isName(text, limit: limit) else {
            report(field, "is not a valid name", allowed: allowed)
            return nil
        }
        return text
    }

    /// A string of any characters but control characters.
    mutating func text(_ field: JobField, limit: Int) throws(JSONFault) -> String? {
        guard try scanner.nextKind() == .string else {
            try refuse(field, "must be a string", allowed: Allowed.key)
            return nil
        }
        let text = scanner.string(try scanner.stringToken())
        guard !text.isEmpty, text.utf8.count <= limit, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            report(field, "is empty, too long, or holds a control character", allowed: Allowed.key)
            return nil
        }
        return text
    }

    /// A whole number.
    mutating func integer(_ field: JobField, in range: ClosedRange<Int>) throws(JSONFault) -> Int? {
        guard try scanner.nextKind() == .number else {
            try refuse(field, "must be a number", allowed: Allowed.integer(range))
            return nil
        }
        let token = try scanner.numberToken()
        guard let value = scanner.integer(token), range.contains(value) else {
            report(field, "is out of range, or not a whole number", allowed: Allowed.integer(range))
            return nil
        }
        return value
    }

    /// ISO 8601 in a string, or seconds as a number.
    mutating func duration(_ field: JobField, in range: ClosedRange<Duration>) throws(JSONFault) -> Duration? {
        try duration(pointer: pointer(field.name), in: range)
    }

    mutating func duration(pointer: String, in range: ClosedRange<Duration>) throws(JSONFault) -> Duration? {
        let value: Duration?
        switch try scanner.nextKind() {
        case .string: value = try? ISODuration.parse(scanner.string(try scanner.stringToken()))
        case .number:
            let token = try scanner.numberToken()
            value = Self.seconds(String(decoding: scanner.bytes[token], as: UTF8.self))
        default:
            try scanner.skipValue()
            value = nil
        }
        guard let value, range.contains(value) else {
            report(pointer: pointer, "is not a duration, or out of range", allowed: Allowed.duration(range))
            return nil
        }
        return value
    }

    /// A JSON number as seconds: exact where it has at most nine decimals, else (`0.30000000000000004`, `1e2`) to the nanosecond.
    private static func seconds(_ number: String) -> Duration? {
        if let exact = try? ISODuration.parseLenient(number) { return exact }
        guard let seconds = Double(number), (0...1e9).contains(seconds) else { return nil }
        return .nanoseconds(Int64((seconds * 1e9).rounded()))
    }

    /// An RFC 3339 time, not too far ahead; the past means now.
    mutating func time(_ field: JobField) throws(JSONFault) -> Timestamp? {
        guard try scanner.nextKind() == .string else {
            try refuse(field, "must be a string", allowed: Allowed.time)
            return nil
        }
        guard let time = Timestamp(rfc3339: scanner.string(try scanner.stringToken()).utf8), time <= latestStart else {
            report(field, "is not a time, or too far ahead", allowed: Allowed.time)
            return nil
        }
        return time
    }

    /// Different names.
    mutating func tags() throws(JSONFault) -> [String] {
        guard try scanner.nextKind() == .array else {
            try refuse(.tags, "must be an array of strings", allowed: Allowed.tags)
            return []
        }
        var tags: [String] = []
        var count = 0
        var isFirst = true
        try scanner.beginArray()
        while try scanner.nextElement(&isFirst) {
            let place = pointer("tags/\(count)")
            count += 1
            guard try scanner.nextKind() == .string else {
                try scanner.skipValue()
                report(pointer: place, "must be a string", allowed: Allowed.tags)
                continue
            }
            let tag = scanner.string(try scanner.stringToken())
            if !JobLimits.isName(tag, limit: JobLimits.tagBytes) {
                report(pointer: place, "is not a valid tag", allowed: Allowed.tags)
            } else if tags.contains(tag) {
                report(pointer: place, "is a repetition", allowed: Allowed.tags)
            } else if tags.count < JobLimits.tags {
                tags.append(tag)
            }
        }
        if count > JobLimits.tags { report(.tags, "holds \(count) tags", allowed: Allowed.tags) }
        return tags
    }

    /// `{"type":…,"base":…,"cap":…}`, each of them optional.
    mutating func backoff() throws(JSONFault) -> RetryPolicy? {
        guard try scanner.nextKind() == .object else {
            try refuse(.backoff, "must be an object", allowed: "an object with \(Allowed.backoffFields)")
            return nil
        }
        var kind = RetryPolicy.standard.kind
        var (base, cap): (Duration?, Duration?)
        let range: ClosedRange<Duration> = .zero...JobLimits.timeout
        var seen: Set<String> = []
        var isFirst = true
        try scanner.beginObject()
        while let key = try scanner.nextKey(&isFirst) {
            let name = scanner.string(key)
            let place = pointer("backoff/\(name)")
            switch name {
            case "type": if let chosen = try backoffType(place) { kind = chosen }
            case "base": base = try duration(pointer: place, in: range)
            case "cap": cap = try duration(pointer: place, in: range)
            default:
                try scanner.skipValue()
                reportUnknown(name, inside: "backoff", allowed: Allowed.backoffFields)
                continue
            }
            if !seen.insert(name).inserted { report(pointer: place, "is given twice", allowed: "once") }
        }
        if let base, let cap, cap < base {
            report(pointer: pointer("backoff/cap"), "is below base", allowed: "base or more")
        }
        let standard = RetryPolicy.standard
        return RetryPolicy(kind: kind, base: base ?? min(standard.base, cap ?? standard.base), cap: cap ?? standard.cap)
    }

    private mutating func backoffType(_ place: String) throws(JSONFault) -> RetryPolicy.Kind? {
        if try scanner.nextKind() == .string {
            switch scanner.string(try scanner.stringToken()) {
            case "exponential": return .exponential
            case "linear": return .linear
            case "constant": return .constant
            default: break
            }
        } else {
            try scanner.skipValue()
        }
        report(pointer: place, "is not a type of backoff", allowed: Allowed.backoffType)
        return nil
    }
}
