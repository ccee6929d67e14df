-- The ledger, shaped for batches: an append-only payload, one narrow live row for each unfinished job, an append-only receipt.
--
-- A job id is (milliseconds since 1970 by this server's clock) << 20 | a sequence's low 20 bits. It is therefore ordered by time, and a range of
-- ids is a range of time: every large table is partitioned by id alone, which lets its primary key be the id alone.

CREATE SEQUENCE job_sequence AS bigint CACHE 64 CYCLE;

CREATE FUNCTION job_id_floor(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (extract(epoch FROM at) * 1000)::bigint << 20;

CREATE FUNCTION job_id_time(id bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp((id >> 20) / 1000.0);

CREATE TABLE queue (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO queue (name) VALUES ('default');

-- What was asked for; never updated, dropped by partition.
CREATE TABLE job (
    id bigint PRIMARY KEY,
    queue_id integer NOT NULL,
    priority smallint NOT NULL,
    kind text NOT NULL,
    args text NOT NULL,
    options text,
    tags text[],
    metadata text,
    unique_key text
) PARTITION BY RANGE (id);

-- Where an unfinished job stands: under 100 bytes a row, one index on its next check.
--   lane      waiting: queue_id * 10 + priority; in flight (dispatched or running): -1; in quarantine: -2
--   check_at  waiting: when it is due; dispatched: when it counts as lost on the way; running: when its lease ends
--   epoch     the fence: raised whenever the ledger hands the job out anew
CREATE TABLE job_live (
    id bigint PRIMARY KEY,
    check_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    owner bigint,
    lane integer NOT NULL,
    epoch integer NOT NULL DEFAULT 1,
    queue_id integer NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    priority smallint NOT NULL,
    state smallint NOT NULL,
    attempt smallint NOT NULL DEFAULT 0,
    losses smallint NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX job_live_next_check ON job_live (lane, check_at);
-- Jobs over which workers were lost more than once; hardly ever any.
CREATE INDEX job_live_suspect ON job_live (id) WHERE losses >= 2;

-- How a job ended; its primary key is what makes a second recorded completion impossible.
CREATE TABLE job_done (
    id bigint PRIMARY KEY,
    finished_at timestamptz NOT NULL DEFAULT now(),
    run_us bigint,
    epoch integer NOT NULL,
    outcome smallint NOT NULL,
    attempt smallint NOT NULL,
    losses smallint NOT NULL,
    result text
) PARTITION BY RANGE (id);

-- One row for each attempt that did not succeed, and each loss.
CREATE TABLE job_attempt (
    id bigint NOT NULL,
    epoch integer NOT NULL,
    attempt smallint NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT now(),
    run_us bigint,
    worker bigint,
    outcome smallint NOT NULL,
    error text,
    PRIMARY KEY (id, epoch)
) PARTITION BY RANGE (id);

CREATE TABLE unique_key (
    key text PRIMARY KEY,
    job_id bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX unique_key_job ON unique_key (job_id);

CREATE TABLE idempotency (
    key text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    job_ids bigint[] NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- Finished jobs counted by batch, folded by the leader into one row a minute, queue and outcome.
CREATE TABLE tally (
    at timestamptz NOT NULL,
    queue_id integer NOT NULL,
    outcome smallint NOT NULL,
    jobs bigint NOT NULL
);

-- Unfinished jobs counted now and then by the leader, so that no reader ever counts rows.
CREATE TABLE depth (
    queue_id integer NOT NULL,
    state smallint NOT NULL,
    jobs bigint NOT NULL,
    oldest_at timestamptz,
    sampled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue_id, state)
);

-- The bus that the ledger believes in: a number that every dispatched row bears, and the mark that Redis must show.
CREATE TABLE bus (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    generation integer NOT NULL,
    mark text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO bus (generation, mark) VALUES (0, '');

CREATE TABLE worker (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    queues text NOT NULL,
    concurrency integer NOT NULL,
    running integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- Who may lead maintenance; leading only saves work, every statement is right with any number of leaders.
CREATE TABLE leader (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    owner bigint NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
INSERT INTO leader (owner, expires_at) VALUES (0, '-infinity');

-- Undoes the statement that calls it; for a rule that no constraint can express.
CREATE FUNCTION refuse(reason text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', reason USING ERRCODE = 'MRT01';
END
$$;

-- Creates the day partitions from today to `days` ahead; safe to run by any number at once.
CREATE FUNCTION ensure_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    made integer := 0;
    parent text;
    child text;
    day date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('martlet.partitions'));
    FOR day IN SELECT d::date FROM generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + days, '1 day') d LOOP
        FOREACH parent IN ARRAY ARRAY['job', 'job_done', 'job_attempt'] LOOP
            child := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', child, parent,
                    job_id_floor(day::timestamp AT TIME ZONE 'UTC'), job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
SELECT ensure_partitions(7);

-- Drops the day partitions that ended more than `days` days ago, except those with an unfinished job; returns how many. The lock is asked for
-- briefly and given up: a waiting exclusive lock would queue every writer behind it.
CREATE FUNCTION drop_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    child record;
    day timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('martlet.partitions'));
    PERFORM set_config('lock_timeout', '200ms', true);
    FOR child IN
        SELECT c.relname AS name, right(c.relname, 8)::date AS day FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE p.relname IN ('job', 'job_done', 'job_attempt')
            AND right(c.relname, 8)::date < (now() AT TIME ZONE 'UTC')::date - days
        ORDER BY 2, 1 DESC
    LOOP
        day := child.day::timestamp AT TIME ZONE 'UTC';
        -- A job that was accepted long ago may have ended lately.
        CONTINUE WHEN EXISTS (
            SELECT FROM job_done WHERE id >= job_id_floor(day) AND id < job_id_floor(day + interval '1 day')
                AND finished_at > now() - days * interval '1 day');
        CONTINUE WHEN EXISTS (
            SELECT FROM job_live WHERE id >= job_id_floor(day) AND id < job_id_floor(day + interval '1 day'));
        BEGIN
            EXECUTE format('DROP TABLE %I', child.name);
            dropped := dropped + 1;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE 'partition % is in use; it is dropped at a later run', child.name;
        END;
    END LOOP;
    RETURN dropped;
END
$$;
