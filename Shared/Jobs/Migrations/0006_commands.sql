-- What an operator asked for is done once, however often it is left in the list: when an answer is lost it is left again.
ALTER TABLE health_command ADD COLUMN key text;
CREATE UNIQUE INDEX health_command_key ON health_command (key);

-- The keys of what was done, for a day: what is left late is not done again.
CREATE TABLE health_command_done (
    key text PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT now()
);
