-- What each process of the gateway has learned of its models; their sum is what is known.
CREATE TABLE learned_state (
    replica TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    -- When the process was last alive; 0 when it has ended.
    seen_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
