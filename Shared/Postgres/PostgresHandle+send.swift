// SPDX-License-Identifier: Apache-2.0
// Martlet: sending statements in binary.

import CLibPQ

extension PostgresHandle {
    /// Switches to pipeline mode.
    func enterPipeline() -> Bool { PQenterPipelineMode(connection) == 1 }

    /// Ends a pipeline segment, which is an implicit transaction.
    func sendSync() -> Bool { martlet_pipeline_sync(connection) == 1 }

    /// Sends a Parse for `definition` under `name`.
    func sendPrepare(_ definition: PostgresStatement.Definition, as name: String) -> Bool {
        let types = definition.parameters.map(\.oid)
        return PQsendPrepare(connection, name, definition.sql, Int32(types.count), types) == 1
    }

    /// Sends Bind and Execute for a prepared statement.
    func sendPrepared(
        _ name: [CChar],
        _ definition: PostgresStatement.Definition,
        _ bindings: PostgresBindings
    ) -> Bool {
        withParameters(definition, bindings) { values, lengths, formats in
            PQsendQueryPrepared(connection, name, Int32(bindings.count), values, lengths, formats, 1) == 1
        }
    }

    /// Sends a statement without preparing it under a name.
    func sendUnnamed(_ definition: PostgresStatement.Definition, _ bindings: PostgresBindings) -> Bool {
        withParameters(definition, bindings) { values, lengths, formats in
            PQsendQueryParams(
                connection,
                definition.sql,
                Int32(bindings.count),
                definition.parameters.map(\.oid),
                values,
                lengths,
                formats,
                1
            ) == 1
        }
    }

    /// Sends text of one or more statements; results come as text.
    func sendScript(_ sql: String) -> Bool { PQsendQuery(connection, sql) == 1 }

    private func withParameters(
        _ definition: PostgresStatement.Definition,
        _ bindings: PostgresBindings,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Bool
    ) -> Bool {
        let count = bindings.count
        guard count > 0 else { return body(nil, nil, nil) }
        return bindings.storage.withUnsafeBytes { storage in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                    bindings.forEach { index, offset, length in
                        let isPrefixed = definition.parameters[index] == .jsonb
                        let start = isPrefixed ? offset - 1 : offset
                        let value = storage.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
                        values.initializeElement(at: index, to: length < 0 ? nil : value)
                        numbers.initializeElement(at: index, to: max(0, length) + (isPrefixed ? 1 : 0))
                        numbers.initializeElement(at: count + index, to: 1)
                    }
                    guard let lengths = numbers.baseAddress else { return false }
                    return body(values.baseAddress, lengths, lengths + count)
                }
            }
        }
    }
}

extension PostgresBindings {
    /// Visits each value: its index, the offset of its first byte in `storage`, and its length (-1: NULL).
    func forEach(_ body: (Int, Int, Int32) -> Void) {
        var offset = 0
        storage.withUnsafeBytes { storage in
            for index in 0..<count {
                let length = storage.loadUnaligned(fromByteOffset: offset, as: Int32.self)
                offset += 5
                body(index, offset, length)
                offset += Int(max(0, length))
            }
        }
    }

    /// Says what does not fit `statement`, before anything is sent.
    func problem(for statement: PostgresStatement) -> PostgresError? {
        let parameters = statement.parameters
        guard parameters.count == count else {
            return PostgresError(
                .encoding,
                "\(statement.name) takes \(parameters.count) parameters, \(count) were bound"
            )
        }
        var wrong: Int?
        forEach { index, _, length in
            guard length >= 0, let width = parameters[index].fixedWidth, Int32(width) != length else { return }
            wrong = wrong ?? index
        }
        return wrong.map {
            PostgresError(.encoding, "parameter \($0 + 1) of \(statement.name) is not a value of \(parameters[$0])")
        }
    }
}
