// SPDX-License-Identifier: Apache-2.0
// Martlet: one entry of a Redis stream.

public import NIOCore

/// One entry of a stream.
public struct StreamEntry: Sendable, Equatable {
    /// A name and a value.
    public struct Field: Sendable, Equatable {
        /// The name.
        public var name: ByteBuffer
        /// The value.
        public var value: ByteBuffer

        /// Makes a field.
        public init(name: ByteBuffer, value: ByteBuffer) {
            self.name = name
            self.value = value
        }
    }

    /// The id.
    public var id: StreamEntryID
    /// The fields in their order; empty for a deleted entry.
    public var fields: [Field]
    /// True for an entry that is still pending in a group but was deleted from the stream; it only needs an `XACK`.
    public var isDeleted: Bool

    /// Makes an entry.
    public init(id: StreamEntryID, fields: [Field], isDeleted: Bool = false) {
        self.id = id
        self.fields = fields
        self.isDeleted = isDeleted
    }

    /// The value of the first field called `name`.
    public subscript(name: String) -> ByteBuffer? {
        for field in fields where field.name.readableBytesView.elementsEqual(name.utf8) { return field.value }
        return nil
    }
}
