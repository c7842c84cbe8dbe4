-- The model that a session stays with, by a digest of whose it is and of its name.
CREATE TABLE session_pins (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    tier TEXT NOT NULL,
    score BIGINT NOT NULL,
    turns BIGINT NOT NULL,
    warm_tokens BIGINT,
    has_tools BOOLEAN NOT NULL
);
CREATE INDEX session_pins_at ON session_pins (at);
