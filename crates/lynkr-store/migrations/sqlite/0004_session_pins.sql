-- The model that a session stays with, by a digest of whose it is and of its name.
CREATE TABLE session_pins (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    tier TEXT NOT NULL,
    score INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    warm_tokens INTEGER,
    has_tools INTEGER NOT NULL
) STRICT;
CREATE INDEX session_pins_at ON session_pins (at);
