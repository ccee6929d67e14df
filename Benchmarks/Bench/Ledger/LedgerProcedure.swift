// SPDX-License-Identifier: Apache-2.0
// Martlet: the ledger's own ceiling: its statements, word for word, driven inside the server by a procedure, without any client.

import Jobs

/// A procedure that takes jobs through their lives by the ledger's statements.
enum LedgerProcedure {
    /// The name of one of its phases, as in its table of results.
    enum Phase: String, CaseIterable {
        case enqueue, pump, finish
    }

    /// Makes the procedure `martlet_ceiling(jobs, batch)` and its table of results.
    ///
    /// - Throws: `.surroundings` when a statement no longer takes the parameters that are bound here.
    static func definition() throws(BenchError) -> String {
        let enqueue = try bound(LedgerBenchmarkStatements.enqueue, "enqueue", 8, prefix: "e")
        let pump = try bound(LedgerBenchmarkStatements.pump, "pump", 5, prefix: "p")
        let finish = try bound(LedgerBenchmarkStatements.finish, "finish", 8, prefix: "f")
        return """
            CREATE TABLE martlet_ceiling_phase (phase text PRIMARY KEY, jobs bigint NOT NULL, seconds float8 NOT NULL);
            CREATE PROCEDURE martlet_ceiling(total integer, batch integer, payload text) LANGUAGE plpgsql AS $martlet$
            DECLARE
                began timestamptz;
                spent float8;
                counted bigint;
                answer record;
                position integer;
                e1 integer[]; e2 smallint[]; e3 text[]; e4 text[]; e5 text[]; e6 boolean[]; e7 bigint[]; e8 integer := 0;
                p1 integer[] := ARRAY[10]; p2 integer[] := ARRAY[batch]; p3 integer := 1; p4 bigint := 30000000;
                p5 integer := 2147483647;
                f1 bigint[]; f2 integer[]; f3 smallint[]; f4 bigint[]; f5 text[]; f6 smallint[]; f7 text[]; f8 bigint := 1;
            BEGIN
                e1 := array_fill(1, ARRAY[batch]); e2 := array_fill(0::smallint, ARRAY[batch]);
                e3 := array_fill('noop'::text, ARRAY[batch]); e4 := array_fill(payload, ARRAY[batch]);
                e5 := array_fill(NULL::text, ARRAY[batch]); e6 := array_fill(false, ARRAY[batch]);
                e7 := array_fill(0::bigint, ARRAY[batch]);
                f3 := array_fill(1::smallint, ARRAY[batch]); f4 := array_fill(10::bigint, ARRAY[batch]);
                f5 := array_fill(NULL::text, ARRAY[batch]); f6 := array_fill(NULL::smallint, ARRAY[batch]);
                f7 := array_fill(NULL::text, ARRAY[batch]);

                began := clock_timestamp();
                FOR i IN 1 .. total / batch LOOP
                    FOR answer IN \(enqueue) LOOP NULL; END LOOP;
                    COMMIT;
                END LOOP;
                INSERT INTO martlet_ceiling_phase VALUES
                    ('enqueue', total, extract(epoch FROM clock_timestamp() - began));
                COMMIT;

                spent := 0; counted := 0;
                LOOP
                    position := 0;
                    began := clock_timestamp();
                    FOR answer IN \(pump) LOOP position := position + 1; END LOOP;
                    COMMIT;
                    EXIT WHEN position = 0;
                    counted := counted + position;
                    spent := spent + extract(epoch FROM clock_timestamp() - began);
                END LOOP;
                INSERT INTO martlet_ceiling_phase VALUES ('pump', counted, spent);
                COMMIT;

                spent := 0; counted := 0;
                LOOP
                    -- What a worker holds in its hands is read outside of the time that counts.
                    SELECT array_agg(id), array_agg(epoch) INTO f1, f2 FROM (
                        SELECT id, epoch FROM job_live ORDER BY id LIMIT batch) held;
                    EXIT WHEN f1 IS NULL;
                    COMMIT;
                    began := clock_timestamp();
                    FOR answer IN \(finish) LOOP NULL; END LOOP;
                    COMMIT;
                    counted := counted + cardinality(f1);
                    spent := spent + extract(epoch FROM clock_timestamp() - began);
                END LOOP;
                INSERT INTO martlet_ceiling_phase VALUES ('finish', counted, spent);
                COMMIT;
            END
            $martlet$;
            """
    }

    /// A statement with its placeholders replaced by the procedure's variables.
    private static func bound(
        _ sql: String,
        _ name: String,
        _ parameters: Int,
        prefix: String
    ) throws(BenchError) -> String {
        guard sql.contains("$\(parameters)"), !sql.contains("$\(parameters + 1)") else {
            throw BenchError(.surroundings, "the ledger's \(name) statement does not take \(parameters) parameters")
        }
        return (1...parameters).reversed().reduce(sql) { text, number in
            text.replacing("$\(number)", with: "\(prefix)\(number)")
        }
    }
}
