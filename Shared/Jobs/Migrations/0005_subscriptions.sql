-- Subscribers of the status page, and what they are told.

-- The table that the migration before made for this was never written to.
DROP TABLE health_subscriber;

-- Those who confirmed. One that leaves is deleted, and with it all that was known of it.
CREATE TABLE health_subscriber (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    target text NOT NULL,
    -- What makes two the same: a mail address in lower case, a URL in its one spelling.
    target_key text NOT NULL,
    -- What is followed; with neither, everything that is public.
    checks text[] NOT NULL,
    groups text[] NOT NULL,
    -- Ends the subscription. Every message bears it, so that a digest alone would not do.
    token bytea NOT NULL,
    -- Signs what a webhook gets.
    secret text,
    -- A webhook's host, of which only so many are taken.
    host text,
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    -- Announcements in a row that could not be delivered for good, and why the last one could not.
    failures integer NOT NULL DEFAULT 0,
    error text,
    suspended_at timestamptz,
    UNIQUE (kind, target_key)
);
CREATE UNIQUE INDEX health_subscriber_token ON health_subscriber (sha256(token));
CREATE INDEX health_subscriber_host ON health_subscriber (host) WHERE host IS NOT NULL;

-- Those who asked. A row stays for 48 hours, although it was confirmed, refused or ended before: a target is asked only so often.
CREATE TABLE health_subscription_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    target text NOT NULL,
    target_key text NOT NULL,
    checks text[] NOT NULL,
    groups text[] NOT NULL,
    token bytea NOT NULL,
    secret text,
    host text,
    -- A digest (SHA-256) of the network it was asked from.
    network bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When it stopped to wait.
    ended_at timestamptz
);
CREATE INDEX health_subscription_request_target ON health_subscription_request (kind, target_key);
CREATE INDEX health_subscription_request_created ON health_subscription_request (created_at);
CREATE INDEX health_subscription_request_token ON health_subscription_request (sha256(token));
CREATE INDEX health_subscription_request_network ON health_subscription_request (network, id);
CREATE INDEX health_subscription_request_waiting ON health_subscription_request (id) WHERE ended_at IS NULL;

-- The digests (SHA-256) of tokens that were mailed to confirm; a mail that is sent again bears another token, and both are good.
CREATE TABLE health_confirmation (
    digest bytea PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES health_subscription_request ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX health_confirmation_request ON health_confirmation (request_id);

-- What subscribers are told. A row is written with the incident's step. Its first job is handed over afterwards under a unique key: a leader that
-- dies in between leaves a row that was not handed over, and the next one does it.
CREATE TABLE health_announcement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    incident_id bigint,
    entry integer,
    -- What is told, and who follows it; of an incident's step it is written when it is handed over.
    document text,
    checks text[] NOT NULL DEFAULT '{}',
    groups text[] NOT NULL DEFAULT '{}',
    is_for_all boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    handed_at timestamptz
);
CREATE INDEX health_announcement_waiting ON health_announcement (id) WHERE handed_at IS NULL;
CREATE INDEX health_announcement_created ON health_announcement (created_at);
