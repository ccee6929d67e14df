-- What the health aggregator keeps: who aggregates, what each location believes, incidents, who was told, and history.

-- The living aggregators; the checks of a location are shared among those whose leases have not ended.
CREATE TABLE health_aggregator (
    id bigint PRIMARY KEY,
    location text NOT NULL,
    address text NOT NULL,
    version text NOT NULL,
    checks integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Who opens and closes incidents. The epoch fences: what an earlier leader still wants to write is refused.
CREATE TABLE health_lead (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    owner bigint NOT NULL,
    epoch bigint NOT NULL,
    -- By which aggregators know each other while the ledger is away.
    token text NOT NULL DEFAULT gen_random_uuid()::text,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
INSERT INTO health_lead (owner, epoch, expires_at) VALUES (0, 0, '-infinity');

-- Short numbers for checks, which history needs many times.
CREATE TABLE health_check (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

-- What each location believes of each check.
CREATE TABLE health_observation (
    name text NOT NULL,
    location text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    reason text,
    is_flapping boolean NOT NULL,
    is_suspect boolean NOT NULL,
    failing_since timestamptz,
    at timestamptz NOT NULL,
    latency_us bigint NOT NULL,
    parts text,
    certificate_expires_at timestamptz,
    PRIMARY KEY (name, location)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE health_incident (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    title text NOT NULL,
    state text NOT NULL,
    severity text NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz,
    cause_name text,
    cause_reason text,
    affected text[] NOT NULL DEFAULT '{}',
    is_flapping boolean NOT NULL DEFAULT false,
    reopenings integer NOT NULL DEFAULT 0,
    -- Who was told what so far, as the leader remembers it.
    told text
);
-- A check has one open incident at most, whoever writes.
CREATE UNIQUE INDEX health_incident_open ON health_incident (name) WHERE resolved_at IS NULL;
CREATE INDEX health_incident_ended ON health_incident (resolved_at);

CREATE TABLE health_incident_entry (
    incident_id bigint NOT NULL REFERENCES health_incident ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    by_whom text,
    is_public boolean NOT NULL,
    PRIMARY KEY (incident_id, number)
);

-- Who is to be told what. A row is written with the incident's step, and its job is handed over afterwards under a unique key: a leader that dies in
-- between leaves a row without a job, and the next one hands it over.
CREATE TABLE health_notification (
    id text PRIMARY KEY,
    incident_id bigint,
    receiver text NOT NULL,
    event text NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    job_id bigint,
    delivered_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    error text
);
CREATE INDEX health_notification_waiting ON health_notification (due_at) WHERE job_id IS NULL AND delivered_at IS NULL;
CREATE INDEX health_notification_incident ON health_notification (incident_id);
CREATE INDEX health_notification_receiver ON health_notification (receiver, created_at);

-- Maintenance windows made while running; those of the configuration file are not here.
CREATE TABLE health_maintenance (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document text NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz
);

-- The last report of each cron job or backup that must report.
CREATE TABLE health_heartbeat (
    name text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    is_good boolean NOT NULL,
    message text,
    run_us bigint
) WITH (fillfactor = 70);

-- What operators ask for where the one who leads is another; it does it and deletes the row.
CREATE TABLE health_command (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE health_subscriber (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    target text NOT NULL,
    token text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    UNIQUE (kind, target)
);

-- Alerts that another Alertmanager sent, by their fingerprints.
CREATE TABLE health_alert (
    fingerprint text PRIMARY KEY,
    name text NOT NULL,
    is_firing boolean NOT NULL,
    labels text NOT NULL,
    annotations text NOT NULL,
    starts_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- History, first stage: one row for a check, a location and a minute, with each finding of it (8 bytes a finding: milliseconds within the minute as
-- uint16, 0-3 for up, degraded, down, unknown plus 128 in maintenance, one byte of zero, and microseconds as uint32, all in network order).
-- The `kept_` counts leave findings in maintenance out.
CREATE TABLE health_sample (
    minute timestamptz NOT NULL,
    check_id integer NOT NULL,
    location text NOT NULL,
    up smallint NOT NULL,
    degraded smallint NOT NULL,
    down smallint NOT NULL,
    unknown smallint NOT NULL,
    kept_up smallint NOT NULL,
    kept_degraded smallint NOT NULL,
    kept_down smallint NOT NULL,
    latency_us bigint NOT NULL,
    latency_max_us bigint NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (check_id, minute, location)
) PARTITION BY RANGE (minute);

-- Second stage: one row for a check and an hour, with an element for each of its minutes; latencies are means over what answered.
CREATE TABLE health_minute (
    hour timestamptz NOT NULL,
    check_id integer NOT NULL,
    up smallint[] NOT NULL,
    degraded smallint[] NOT NULL,
    down smallint[] NOT NULL,
    unknown smallint[] NOT NULL,
    latency_us bigint[] NOT NULL,
    latency_max_us bigint[] NOT NULL,
    PRIMARY KEY (check_id, hour)
) PARTITION BY RANGE (hour);

-- Third stage: one row for a check and an hour.
CREATE TABLE health_hour (
    hour timestamptz NOT NULL,
    check_id integer NOT NULL,
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    unknown integer NOT NULL,
    kept_up integer NOT NULL,
    kept_degraded integer NOT NULL,
    kept_down integer NOT NULL,
    latency_us bigint NOT NULL,
    latency_max_us bigint NOT NULL,
    PRIMARY KEY (check_id, hour)
) PARTITION BY RANGE (hour);

-- Last stage, kept for ever: one row for a check and a day (UTC).
CREATE TABLE health_day (
    day date NOT NULL,
    check_id integer NOT NULL,
    up integer NOT NULL,
    degraded integer NOT NULL,
    down integer NOT NULL,
    unknown integer NOT NULL,
    kept_up integer NOT NULL,
    kept_degraded integer NOT NULL,
    kept_down integer NOT NULL,
    latency_us bigint NOT NULL,
    latency_max_us bigint NOT NULL,
    PRIMARY KEY (check_id, day)
);
CREATE INDEX health_day_day ON health_day (day);

-- Hours that have samples which are not in the later stages yet.
CREATE TABLE health_dirty_hour (
    hour timestamptz PRIMARY KEY
);

-- Good and all events of each objective by minute, and by hour once they are three days old; `kept_` leaves maintenance out.
CREATE TABLE health_objective (
    id text NOT NULL,
    at timestamptz NOT NULL,
    good bigint NOT NULL,
    total bigint NOT NULL,
    kept_good bigint NOT NULL,
    kept_total bigint NOT NULL,
    PRIMARY KEY (id, at)
);

-- Makes the partitions of the coming days and months; returns how many.
CREATE FUNCTION health_ensure_partitions() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    made integer := 0;
    plan record;
    first timestamptz;
    step interval;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('martlet.health.partitions'));
    FOR plan IN SELECT * FROM (VALUES ('health_sample', 'day', 3), ('health_minute', 'day', 3), ('health_hour', 'month', 2)) p (parent, unit, ahead) LOOP
        step := ('1 ' || plan.unit)::interval;
        FOR first IN SELECT g AT TIME ZONE 'UTC' FROM generate_series(
            date_trunc(plan.unit, now() AT TIME ZONE 'UTC') - step, date_trunc(plan.unit, now() AT TIME ZONE 'UTC') + step * plan.ahead, step) g
        LOOP
            child := format('%s_%s', plan.parent, to_char(first AT TIME ZONE 'UTC', 'YYYYMMDD'));
            CONTINUE WHEN to_regclass(child) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, plan.parent, first,
                ((first AT TIME ZONE 'UTC') + step) AT TIME ZONE 'UTC');
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops what is older than each stage keeps: samples 48 hours, minutes 30 days, hours 400 days; returns how many tables went.
CREATE FUNCTION health_drop_partitions() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    child record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('martlet.health.partitions'));
    PERFORM set_config('lock_timeout', '500ms', true);
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        JOIN (VALUES ('health_sample', interval '1 day', interval '48 hours'), ('health_minute', interval '1 day', interval '30 days'),
            ('health_hour', interval '1 month', interval '400 days')) k (parent, step, keep) ON k.parent = p.relname
        WHERE (right(c.relname, 8)::date::timestamp + k.step) AT TIME ZONE 'UTC' < now() - k.keep
        ORDER BY c.relname
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE %I', child.relname);
            dropped := dropped + 1;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE '% is in use; it is dropped at a later run', child.relname;
        END;
    END LOOP;
    RETURN dropped;
END
$$;

-- Carries the samples of an hour on to the later stages; right however often it runs.
--
-- Whole hours of all checks are joined here: plans that suit the lookups of the queue take a hundred times as long.
CREATE FUNCTION health_fold(h timestamptz) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on AS $$
DECLARE
    d date := (h AT TIME ZONE 'UTC')::date;
BEGIN
    INSERT INTO health_minute AS m (hour, check_id, up, degraded, down, unknown, latency_us, latency_max_us)
    SELECT h, c.check_id, array_agg(coalesce(s.up, 0)::smallint ORDER BY n), array_agg(coalesce(s.degraded, 0)::smallint ORDER BY n),
        array_agg(coalesce(s.down, 0)::smallint ORDER BY n), array_agg(coalesce(s.unknown, 0)::smallint ORDER BY n),
        array_agg(coalesce(s.latency_us, 0)::bigint ORDER BY n), array_agg(coalesce(s.latency_max_us, 0)::bigint ORDER BY n)
    FROM (SELECT DISTINCT check_id FROM health_sample WHERE minute >= h AND minute < h + interval '1 hour') c
    CROSS JOIN generate_series(0, 59) n
    LEFT JOIN (
        SELECT check_id, minute, sum(up) AS up, sum(degraded) AS degraded, sum(down) AS down, sum(unknown) AS unknown,
            CASE WHEN sum(up + degraded) > 0 THEN sum(latency_us) / sum(up + degraded) END AS latency_us, max(latency_max_us) AS latency_max_us
        FROM health_sample WHERE minute >= h AND minute < h + interval '1 hour' GROUP BY check_id, minute) s
        ON s.check_id = c.check_id AND s.minute = h + n * interval '1 minute'
    GROUP BY c.check_id
    ON CONFLICT (check_id, hour) DO UPDATE SET up = excluded.up, degraded = excluded.degraded, down = excluded.down, unknown = excluded.unknown,
        latency_us = excluded.latency_us, latency_max_us = excluded.latency_max_us;

    INSERT INTO health_hour AS t (hour, check_id, up, degraded, down, unknown, kept_up, kept_degraded, kept_down, latency_us, latency_max_us)
    SELECT h, check_id, sum(up), sum(degraded), sum(down), sum(unknown), sum(kept_up), sum(kept_degraded), sum(kept_down),
        CASE WHEN sum(up + degraded) > 0 THEN sum(latency_us) / sum(up + degraded) ELSE 0 END, max(latency_max_us)
    FROM health_sample WHERE minute >= h AND minute < h + interval '1 hour' GROUP BY check_id
    ON CONFLICT (check_id, hour) DO UPDATE SET up = excluded.up, degraded = excluded.degraded, down = excluded.down, unknown = excluded.unknown,
        kept_up = excluded.kept_up, kept_degraded = excluded.kept_degraded, kept_down = excluded.kept_down,
        latency_us = excluded.latency_us, latency_max_us = excluded.latency_max_us;

    INSERT INTO health_day AS t (day, check_id, up, degraded, down, unknown, kept_up, kept_degraded, kept_down, latency_us, latency_max_us)
    SELECT d, check_id, sum(up), sum(degraded), sum(down), sum(unknown), sum(kept_up), sum(kept_degraded), sum(kept_down),
        CASE WHEN sum(up + degraded) > 0 THEN sum(latency_us * (up + degraded)) / sum(up + degraded) ELSE 0 END, max(latency_max_us)
    FROM health_hour WHERE hour >= d::timestamp AT TIME ZONE 'UTC' AND hour < (d + 1)::timestamp AT TIME ZONE 'UTC' GROUP BY check_id
    ON CONFLICT (check_id, day) DO UPDATE SET up = excluded.up, degraded = excluded.degraded, down = excluded.down, unknown = excluded.unknown,
        kept_up = excluded.kept_up, kept_degraded = excluded.kept_degraded, kept_down = excluded.kept_down,
        latency_us = excluded.latency_us, latency_max_us = excluded.latency_max_us;
END
$$;

SELECT health_ensure_partitions();
