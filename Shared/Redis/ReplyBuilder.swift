// SPDX-License-Identifier: Apache-2.0
// Martlet: what hiredis calls for each element of a reply.

internal import CHiredis
internal import NIOCore

/// Collects the elements of one reply in document order and makes a ``RedisValue`` of them.
///
/// All state is one value: the callbacks are the hot path, and each access to a stored property of a class is checked at
/// run time.
final class ReplyBuilder {
    private var draft: ReplyDraft

    init(maxBytes: Int) {
        draft = ReplyDraft(maxBytes: maxBytes)
    }

    /// Memory that the unfinished reply needs.
    var heldBytes: Int { draft.heldBytes }

    /// Why an element was refused; hiredis itself only says that memory ran out.
    var refusal: String? { draft.refusal }

    /// The completed reply; the builder is then empty.
    func takeReply() -> RedisValue { draft.takeReply() }

    /// The callbacks; they answer with the builder's own address, which hiredis only compares with NULL.
    ///
    /// Field by field: hiredis 1.0 has more of them, for the newer protocol that we never ask for.
    static var functions: redisReplyObjectFunctions {
        var table = redisReplyObjectFunctions()
        table.createString = { task, text, length in
            ReplyBuilder.with(task) { builder, type in
                builder.draft.addString(UnsafeRawBufferPointer(start: text, count: length), type: type)
            }
        }
        table.createArray = { task, count in
            ReplyBuilder.with(task) { builder, _ in builder.draft.addArray(Int(count)) }
        }
        table.createInteger = { task, value in
            ReplyBuilder.with(task) { builder, _ in builder.draft.add(.integer(value)) }
        }
        table.createNil = { task in
            ReplyBuilder.with(task) { builder, _ in builder.draft.add(.null) }
        }
        table.freeObject = { _ in }
        return table
    }

    private static func with(
        _ task: UnsafePointer<redisReadTask>?,
        _ body: (ReplyBuilder, Int32) -> Bool
    ) -> UnsafeMutableRawPointer? {
        guard let task, let address = task.pointee.privdata else { return nil }
        let builder = Unmanaged<ReplyBuilder>.fromOpaque(address).takeUnretainedValue()
        return body(builder, task.pointee.type) ? address : nil
    }
}
