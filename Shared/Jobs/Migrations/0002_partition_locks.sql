-- Partitions come and go without stopping anybody, and none goes from under a job that is run again.

-- Attaching a table asks for a lock that readers and writers do not mind, unlike CREATE TABLE ... PARTITION OF.
CREATE OR REPLACE FUNCTION ensure_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
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
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, child,
                    job_id_floor(day::timestamp AT TIME ZONE 'UTC'), job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops the partitions of the oldest day that ended more than `days` days ago, unless one of its jobs is unfinished or ended lately; returns how many
-- tables went. The locks are asked for briefly and given up: a waiting exclusive lock would queue every writer behind it.
CREATE OR REPLACE FUNCTION drop_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    day date;
    first bigint;
    beyond bigint;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('martlet.partitions'));
    PERFORM set_config('lock_timeout', '200ms', true);
    FOR day IN
        SELECT DISTINCT right(c.relname, 8)::date FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE p.relname IN ('job', 'job_done', 'job_attempt') AND right(c.relname, 8)::date < (now() AT TIME ZONE 'UTC')::date - days
        ORDER BY 1
    LOOP
        first := job_id_floor(day::timestamp AT TIME ZONE 'UTC');
        beyond := job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC');
        CONTINUE WHEN EXISTS (SELECT FROM job_live WHERE id >= first AND id < beyond);
        -- A job that was accepted long ago may have ended lately.
        CONTINUE WHEN EXISTS (
            SELECT FROM job_done WHERE id >= first AND id < beyond AND finished_at > now() - days * interval '1 day');
        BEGIN
            LOCK TABLE ONLY job, ONLY job_done, ONLY job_attempt IN ACCESS EXCLUSIVE MODE;
            -- Somebody may have had a job run again meanwhile; from here on nobody can.
            IF NOT EXISTS (SELECT FROM job_live WHERE id >= first AND id < beyond) THEN
                FOREACH child IN ARRAY ARRAY['job_done', 'job_attempt', 'job'] LOOP
                    child := format('%s_%s', child, to_char(day, 'YYYYMMDD'));
                    IF to_regclass(child) IS NOT NULL THEN
                        EXECUTE format('DROP TABLE %I', child);
                        dropped := dropped + 1;
                    END IF;
                END LOOP;
            END IF;
            RETURN dropped;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE 'the tables are in use; the partitions of % are dropped at a later run', day;
            RETURN 0;
        END;
    END LOOP;
    RETURN 0;
END
$$;
