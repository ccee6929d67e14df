-- What backups there are, for dashboards and GET /v1/backups: copies of what lies in the stores. A restore never looks here.

CREATE TABLE backup (
    -- Names order by the time of the beginning.
    id text COLLATE "C" NOT NULL,
    -- The server's system identifier, which may pass bigint.
    system text COLLATE "C" NOT NULL,
    method text NOT NULL,
    -- Of a logical backup.
    database text,
    -- Whether it has an entry in the catalogue; otherwise it is under way, or was cut off.
    is_complete boolean NOT NULL,
    is_pinned boolean NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    plain_bytes bigint,
    stored_bytes bigint,
    -- JSON that only people read: versions, positions, compression, the key's name.
    details text NOT NULL,
    PRIMARY KEY (id, system)
);

-- Verifications and drills; they outlive their backups.
CREATE TABLE backup_check (
    backup text COLLATE "C" NOT NULL,
    system text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    outcome text NOT NULL,
    -- Measured by a drill, and what was allowed.
    rpo_us bigint,
    rto_us bigint,
    rpo_objective_us bigint,
    rto_objective_us bigint,
    finding text,
    PRIMARY KEY (backup, system, kind, began_at)
);
CREATE INDEX backup_check_last ON backup_check (system, kind, began_at DESC);

-- Who receives each system's WAL as it is written.
CREATE TABLE backup_receiver (
    system text COLLATE "C" PRIMARY KEY,
    host text NOT NULL,
    timeline bigint NOT NULL,
    -- The last position that is durable in the store.
    position text NOT NULL,
    lag_bytes bigint NOT NULL,
    lag_us bigint NOT NULL,
    gaps integer NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
