-- Whether a day's jobs have all ended long ago is found out without stopping anybody.

-- As before, and the receipts of a new day get a small index on when jobs ended: receipts are appended, so a page covers a short span of time. Days that
-- have receipts already are looked through instead, for an index would have to stop their writers.
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
                IF parent = 'job_done' THEN
                    EXECUTE format('CREATE INDEX ON %I USING brin (finished_at) WITH (autosummarize = on)', child);
                END IF;
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, child,
                    job_id_floor(day::timestamp AT TIME ZONE 'UTC'), job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

DO $$
DECLARE
    child regclass;
    is_empty boolean;
BEGIN
    FOR child IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'job_done'::regclass ORDER BY inhrelid LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', child) INTO is_empty;
        IF is_empty THEN
            EXECUTE format('CREATE INDEX ON %s USING brin (finished_at) WITH (autosummarize = on)', child);
        END IF;
    END LOOP;
END
$$;

-- Whether a job that was accepted on a day is unfinished, or ended within the last `days` days.
CREATE FUNCTION is_needed(day date, days integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    receipts regclass := to_regclass(format('job_done_%s', to_char(day, 'YYYYMMDD')));
    answer boolean;
BEGIN
    IF EXISTS (
        SELECT FROM job_live
        WHERE id >= job_id_floor(day::timestamp AT TIME ZONE 'UTC') AND id < job_id_floor((day + 1)::timestamp AT TIME ZONE 'UTC'))
    THEN
        RETURN true;
    END IF;
    IF receipts IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE finished_at > now() - $1 * interval ''1 day'')', receipts) INTO answer USING days;
    RETURN answer;
END
$$;

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
            -- Somebody may have had a job run again meanwhile, which takes its receipt away first. From here on nobody can, while other days go on; so
            -- the second look need not be quick.
            child := format('job_done_%s', to_char(day, 'YYYYMMDD'));
            IF to_regclass(child) IS NOT NULL THEN
                EXECUTE format('LOCK TABLE %I IN SHARE MODE', child);
            END IF;
            IF is_needed(day, days) THEN
                RETURN 0;
            END IF;
            LOCK TABLE ONLY job, ONLY job_done, ONLY job_attempt IN ACCESS EXCLUSIVE MODE;
            FOREACH child IN ARRAY ARRAY['job_done', 'job_attempt', 'job'] LOOP
                child := format('%s_%s', child, to_char(day, 'YYYYMMDD'));
                IF to_regclass(child) IS NOT NULL THEN
                    EXECUTE format('DROP TABLE %I', child);
                    dropped := dropped + 1;
                END IF;
            END LOOP;
            RETURN dropped;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE 'the tables are in use; the partitions of % are dropped at a later run', day;
            RETURN 0;
        END;
    END LOOP;
    RETURN 0;
END
$$;
