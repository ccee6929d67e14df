// SPDX-License-Identifier: Apache-2.0
// Martlet: a database that has one of everything.

/// A script that makes a database of hard cases.
enum NastySchema {
    /// Needs a superuser; makes the role `role`, which the caller drops.
    static func script(role: String) -> String {
        #"""
        CREATE ROLE "\#(role)" NOLOGIN;
        CREATE SCHEMA "we""ird schema.";
        CREATE SCHEMA own AUTHORIZATION "\#(role)";
        CREATE EXTENSION IF NOT EXISTS hstore SCHEMA own;
        CREATE TYPE own.mood AS ENUM ('sad', 'o''k', 'hap"py');
        CREATE DOMAIN own.positive AS int CHECK (VALUE > 0);
        CREATE TYPE own.pair AS (a int, b text);
        CREATE FUNCTION own.double(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
        CREATE FUNCTION own.touch() RETURNS trigger LANGUAGE plpgsql AS
            $body$ BEGIN RAISE EXCEPTION 'a trigger; must $$not$$ fire while rows are restored'; END $body$;

        CREATE TABLE "we""ird schema."."Ta""ble \ x" (
            "primary ""key""" bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 7) PRIMARY KEY,
            "co\lumn" text, "$dollar" text DEFAULT E'a\tb', doubled int GENERATED ALWAYS AS (7 * 2) STORED
        );
        INSERT INTO "we""ird schema."."Ta""ble \ x" ("co\lumn") VALUES
            (E'tab\there'), (E'line\nbreak\r\n'), ('\N'), ('\.'), (''), (NULL), ('ü😀\\'), (repeat('x', 100000));

        CREATE TABLE own.everything (
            i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(30, 10), f4 real, f8 double precision, m money, t text,
            v varchar(10), c char(5), b bytea, ts timestamp, tz timestamptz, d date, ti time, tt timetz, iv interval,
            bo boolean, e own.mood, dom own.positive, p own.pair, ps own.pair[], u uuid, j json, jb jsonb, x xml,
            inet inet, cidr cidr, mac macaddr, bits bit(5), vb bit varying, tv tsvector, tq tsquery, pt point, ln line,
            box box, poly polygon, ci circle, r int4range, mr int8multirange, tr tstzrange, ia int[], ta text[][],
            h own.hstore, reg regclass, rt regtype, nm name, ch "char", xi xid8, ls pg_lsn, o oid, jp jsonpath
        );
        INSERT INTO own.everything VALUES (
            -32768, 2147483647, -9223372036854775808, 'NaN', 1234567890.0123456789, 'Infinity', 0.1 + 0.2, '-12345.67', E'\n',
            'x', 'y', decode('00ff275c0a', 'hex'), '4713-01-01 BC', '2026-02-28 23:59:59.999999+13:45', 'infinity', '24:00',
            '12:00+14', '-1 year 2 mons -3 days 04:05:06.7', true, 'o''k', 5, ROW(1, 'a,"b)'), ARRAY[ROW(1, NULL)::own.pair],
            '6f1d2c7e-0000-4000-8000-00000000000a', '{"a" : 1.0, "a": 2}', '{"b": "\u00fc", "n": 1e400}', '<a b="c">&amp;</a>',
            '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'', 'fat & rat', 'a & !b', '(1,2)', '{1,2,3}', '((0,0),(1,1))',
            '((0,0),(1,1),(2,0))', '<(1,1),2>', '[1,10)', '{[1,3),[5,8)}', '["2020-01-01",)', '[2:4]={1,NULL,3}',
            '{{"a","NULL"},{NULL,"\""}}', 'a=>1, "b c"=>NULL', 'pg_class'::regclass, 'int[]'::regtype,
            'a name', 'z', '12345678901', '16/B374D848', 4294967295, '$.a[*] ? (@ > 1)'
        );
        INSERT INTO own.everything DEFAULT VALUES;
        """# + more(role: role)
    }

    private static func more(role: String) -> String {
        #"""

        CREATE TABLE own.measure (at date NOT NULL, place text, value int, CONSTRAINT sane CHECK (value < 1000))
            PARTITION BY RANGE (at);
        CREATE TABLE own.measure_2025 PARTITION OF own.measure FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
            PARTITION BY LIST (place);
        CREATE TABLE own.measure_2025_north PARTITION OF own.measure_2025 FOR VALUES IN ('north');
        CREATE TABLE own.measure_2025_rest PARTITION OF own.measure_2025 DEFAULT;
        CREATE TABLE own.measure_rest PARTITION OF own.measure DEFAULT;
        CREATE INDEX ON own.measure (value);
        INSERT INTO own.measure SELECT '2025-06-01'::date + i, (ARRAY['north', 'south'])[1 + i % 2], i FROM generate_series(0, 400) i;

        CREATE TABLE own.parent (id int PRIMARY KEY, name text);
        INSERT INTO own.parent SELECT i, 'p' || i FROM generate_series(1, 100) i;
        ALTER TABLE own.parent DROP COLUMN name, ADD COLUMN name2 text DEFAULT 'filled';
        CREATE TABLE own.child (extra int) INHERITS (own.parent);
        INSERT INTO own.child SELECT i, 'c' || i, -i FROM generate_series(1, 50) i;
        CREATE TABLE own.reference (id int PRIMARY KEY, parent int REFERENCES own.parent (id) DEFERRABLE, self int REFERENCES own.reference);
        INSERT INTO own.reference SELECT i, i, i + 1 - (i = 100)::int * 100 FROM generate_series(1, 100) i;
        CREATE TABLE own.empty (a int);
        CREATE TABLE own.nothing ();
        INSERT INTO own.nothing DEFAULT VALUES;
        INSERT INTO own.nothing DEFAULT VALUES;
        CREATE TABLE own.only_generated (a int GENERATED ALWAYS AS (1) STORED);
        CREATE UNLOGGED TABLE own.fleeting (a int);
        INSERT INTO own.fleeting VALUES (1);

        CREATE TABLE own.big (id int, body text, data bytea);
        ALTER TABLE own.big ALTER body SET STORAGE EXTERNAL;
        INSERT INTO own.big SELECT i, repeat(md5(i::text), 2000), decode(repeat(md5(i::text), 500), 'hex') FROM generate_series(1, 150) i;
        DELETE FROM own.big WHERE id % 7 = 0;

        CREATE TABLE own.secret (id int, owner name DEFAULT current_user);
        INSERT INTO own.secret SELECT i FROM generate_series(1, 10) i;
        ALTER TABLE own.secret ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON own.secret USING (owner = current_user);

        CREATE TABLE own.watched (id int);
        INSERT INTO own.watched VALUES (1), (2);
        CREATE TRIGGER off BEFORE INSERT ON own.watched FOR EACH ROW EXECUTE FUNCTION own.touch();
        CREATE TRIGGER always AFTER INSERT ON own.watched FOR EACH ROW EXECUTE FUNCTION own.touch();
        ALTER TABLE own.watched DISABLE TRIGGER off;
        ALTER TABLE own.watched ENABLE ALWAYS TRIGGER always;

        CREATE VIEW own.seen AS SELECT id, own.double(id) AS twice FROM own.watched;
        CREATE MATERIALIZED VIEW own.z_first AS SELECT sum(twice) AS total FROM own.seen;
        CREATE MATERIALIZED VIEW own.a_second AS SELECT total + 1 AS total FROM own.z_first;
        CREATE UNIQUE INDEX ON own.a_second (total);
        CREATE MATERIALIZED VIEW own.unfilled AS SELECT 1 AS one WITH NO DATA;

        CREATE SEQUENCE own.counter AS smallint INCREMENT -3 MAXVALUE 100 MINVALUE -100 START 50 CYCLE OWNED BY own.watched.id;
        SELECT nextval('own.counter'), nextval('own.counter');
        CREATE SEQUENCE own.untouched START 17;

        SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex')), lo_from_bytea(0, '');
        DO $do$
        DECLARE id oid;
        BEGIN
            SELECT max(oid) INTO id FROM pg_largeobject_metadata;
            EXECUTE format('COMMENT ON LARGE OBJECT %s IS ''a large one''', id);
            EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO "\#(role)"', id);
        END
        $do$;

        COMMENT ON TABLE own.empty IS 'it''s -- Name: a trap; Type: comment';
        COMMENT ON COLUMN own.everything.i2 IS E'line\n-- Name: another\n\\restrict x';
        GRANT SELECT (id), UPDATE ON own.parent TO "\#(role)";
        REVOKE ALL ON FUNCTION own.double(int) FROM PUBLIC;
        ALTER TABLE own.child OWNER TO "\#(role)";
        ALTER DEFAULT PRIVILEGES IN SCHEMA own GRANT SELECT ON TABLES TO "\#(role)";
        CREATE PUBLICATION news FOR TABLE own.parent (id), own.reference WHERE (id > 5);
        CREATE STATISTICS own.related ON i4, i8 FROM own.everything;
        CREATE RULE quiet AS ON DELETE TO own.empty DO INSTEAD NOTHING;
        CREATE TABLE public.plain (a int, b text);
        INSERT INTO public.plain SELECT i, repeat(chr(97 + i % 26), i % 200) FROM generate_series(1, 40000) i;
        CREATE INDEX ON public.plain (b) WHERE a > 10;
        """#
    }
}
