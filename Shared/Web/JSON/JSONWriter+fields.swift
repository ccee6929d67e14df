// SPDX-License-Identifier: Apache-2.0
// Martlet: a key and its value in one call; nil writes neither.

public import Platform

extension JSONWriter {
    /// A string, unless nil.
    public mutating func field(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// A whole number, unless nil.
    public mutating func field(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        key(name)
        number(value)
    }

    /// A number, unless nil.
    public mutating func field(_ name: StaticString, _ value: Double?) {
        guard let value else { return }
        key(name)
        number(value)
    }

    /// True or false.
    public mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// A time, unless nil.
    public mutating func field(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return }
        key(name)
        time(value)
    }

    /// JSON byte for byte, unless nil.
    public mutating func field(_ name: StaticString, raw value: [UInt8]?) {
        guard let value else { return }
        key(name)
        raw(value)
    }

    /// A duration in ISO 8601, unless nil.
    public mutating func field(_ name: StaticString, _ value: Duration?) {
        guard let value else { return }
        key(name)
        string(ISODuration.format(value))
    }

    /// Strings.
    public mutating func field(_ name: StaticString, _ values: [String]) {
        key(name)
        array { json in
            for value in values { json.string(value) }
        }
    }
}
