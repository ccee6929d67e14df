-- Whether a day's jobs have all ended long ago is read off a small index: receipts are appended, so a page covers a short span of time.

CREATE INDEX job_done_finish ON job_done USING brin (finished_at);

-- Drops the partitions of the oldest day that ended more than `days` days ago, unless one of its jobs is unfinished or ended lately; returns how many
-- tables went. The locks are asked for briefly and given up: a waiting exclusive lock would queue every writer behind it.
CREATE OR REPLACE FUNCTION drop_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    day date;
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
        CONTINUE WHEN is_needed(day, days);
        BEGIN
            LOCK TABLE ONLY job, ONLY job_done, ONLY job_attempt IN ACCESS EXCLUSIVE MODE;
            -- Somebody may have had a job run again meanwhile, and it may even have ended; from here on nobody can.
            IF NOT is_needed(day, days) THEN
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

-- Whether a job that was accepted on a day is unfinished, or ended within the last `days` days.
CREATE FUNCTION is_needed(day date, days integer) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (
        SELECT FROM job_live
        WHERE id >= job_id_floor(day::timestamp AT TIME ZONE 'UTC') AND id < job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC'))
    OR EXISTS (
        SELECT FROM job_done
        WHERE id >= job_id_floor(day::timestamp AT TIME ZONE 'UTC') AND id < job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC')
            AND finished_at > now() - days * interval '1 day')
$$;
