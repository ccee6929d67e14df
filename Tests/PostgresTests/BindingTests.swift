// SPDX-License-Identifier: Apache-2.0
// Martlet: every type goes to the server in binary and comes back unchanged.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct BindingTests {
    @Test func scalarsComeBack() async throws {
        let statement = PostgresStatement(
            "scalars",
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
            parameters: [.int8, .int4, .int2, .bool, .float8, .text, .bytea, .timestamptz, .json, .jsonb]
        )
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                var bindings = PostgresBindings()
                bindings.append(Int64.min)
                bindings.append(Int32.max)
                bindings.append(Int16(-7))
                bindings.append(true)
                bindings.append(-0.1)
                bindings.append("Zürich 🐦")
                bindings.append(bytes: [0, 255, 1])
                bindings.append(timestamp: 1_700_000_000_123_456)
                bindings.append(#"{"a": 1}"#)
                bindings.append(#"{"b": [1, 2]}"#)
                let result = try await connection.execute(statement, bindings)
                #expect(try result.int64(0, 0) == .min)
                #expect(try result.int32(0, 1) == .max)
                #expect(try result.int16(0, 2) == -7)
                #expect(try result.bool(0, 3))
                #expect(try result.double(0, 4) == -0.1)
                #expect(try result.string(0, 5) == "Zürich 🐦")
                #expect(try result.bytes(0, 6) == [0, 255, 1])
                #expect(try result.timestampMicroseconds(0, 7) == 1_700_000_000_123_456)
                #expect(try result.string(0, 8) == #"{"a": 1}"#)
                #expect(try result.string(0, 9) == #"{"b": [1, 2]}"#)
                #expect(try result.withBytes(0, 6) { $0.count } == 3)
            }
        }
    }

    @Test func nullsComeBack() async throws {
        let types: [PostgresType] = [.int8, .int4, .int2, .bool, .float8, .text, .bytea, .timestamptz, .jsonb]
        let list = (1...types.count).map { "$\($0)" }.joined(separator: ", ")
        let statement = PostgresStatement("nulls", "SELECT \(list)", parameters: types)
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                var bindings = PostgresBindings()
                bindings.append(Int64?.none)
                bindings.append(Int32?.none)
                bindings.append(Int16?.none)
                bindings.append(Bool?.none)
                bindings.append(Double?.none)
                bindings.append(String?.none)
                bindings.append(bytes: nil)
                bindings.append(timestamp: nil)
                bindings.appendNull()
                let result = try await connection.execute(statement, bindings)
                for column in types.indices { #expect(result.isNull(0, column)) }
                #expect(try result.optionalInt64(0, 0) == nil)
                #expect(try result.optionalString(0, 5) == nil)
                let error = #expect(throws: PostgresError.self) { try result.int64(0, 0) }
                #expect(error?.code == .decoding)
            }
        }
    }

    @Test func arraysComeBack() async throws {
        let statement = PostgresStatement(
            "arrays",
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::text[]",
            parameters: [
                .int8Array, .int4Array, .int2Array, .boolArray, .textArray, .byteaArray, .timestamptzArray, .textArray,
                .jsonbArray,
            ]
        )
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                var int8s = PostgresArray(.int8, capacity: 5_000)
                for value in 0..<5_000 { int8s.append(Int64(value) - 2_500) }
                var int4s = PostgresArray(.int4)
                int4s.append(Int32(-1))
                var int2s = PostgresArray(.int2)
                int2s.append(Int16(300))
                var bools = PostgresArray(.bool)
                bools.append(true)
                bools.append(false)
                var texts = PostgresArray(.text)
                texts.append("a")
                texts.appendNull()
                texts.append(utf8: Array("ü".utf8))
                texts.append(utf8: "zz"[...].utf8)
                var blobs = PostgresArray(.bytea)
                blobs.append(bytes: [])
                blobs.append(bytes: [0])
                var times = PostgresArray(.timestamptz)
                times.appendTimestamp(microsecondsSince1970: 0)
                var documents = PostgresArray(.jsonb)
                documents.append(#"{"a": 1}"#)
                var bindings = PostgresBindings()
                for array in [int8s, int4s, int2s, bools, texts, blobs, times, PostgresArray(.text), documents] {
                    bindings.append(array)
                }
                let result = try await connection.execute(statement, bindings)
                #expect(try result.int64Array(0, 0) == (0..<5_000).map { Int64($0) - 2_500 })
                #expect(try result.int32Array(0, 1) == [-1])
                #expect(try result.int16Array(0, 2) == [300])
                #expect(try result.boolArray(0, 3) == [true, false])
                #expect(try result.optionalStringArray(0, 4) == ["a", nil, "ü", "zz"])
                #expect(throws: PostgresError.self) { try result.stringArray(0, 4) }
                #expect(try result.bytesArray(0, 5) == [[], [0]])
                #expect(try result.stringArray(0, 7) == [])
                #expect(try result.stringArray(0, 8) == [#"{"a": 1}"#])
            }
        }
    }

    @Test func aMegabyteGoesBothWays() async throws {
        let statement = PostgresStatement("big", "SELECT $1, length($1)::int8", parameters: [.bytea])
        let bytes = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                // Enough at once to fill the socket in both directions: needs reading while writing.
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            var bindings = PostgresBindings()
                            bindings.append(bytes: bytes)
                            let result = try await connection.execute(statement, bindings)
                            return try result.bytes(0, 0) == bytes && result.int64(0, 1) == 1_048_576
                        }
                    }
                    for try await isSame in group { #expect(isSame) }
                }
            }
        }
    }

    @Test func wrongTypesAreRefusedWithoutTheServer() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                var narrow = PostgresBindings()
                narrow.append(Int32(1))
                #expect(await failure { try await connection.execute(echoInt8, narrow) }?.code == .encoding)
                #expect(await failure { try await connection.execute(echoInt8) }?.code == .encoding)
                let result = try await connection.execute(echoInt8, int8(5))
                #expect(throws: PostgresError.self) { try result.string(0, 0) }
                #expect(throws: PostgresError.self) { try result.bool(0, 0) }
                #expect(throws: PostgresError.self) { try result.int64(1, 0) }
                #expect(throws: PostgresError.self) { try result.int64(0, -1) }
                #expect(try result.int32(0, 0) == 5)
            }
        }
    }
}
