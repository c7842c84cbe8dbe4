CREATE TABLE sessions (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    fingerprint TEXT,
    client TEXT,
    provider TEXT,
    model TEXT,
    metadata TEXT NOT NULL,
    PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX sessions_updated ON sessions (updated_at);
CREATE INDEX sessions_fingerprint ON sessions (fingerprint) WHERE fingerprint IS NOT NULL;

CREATE TABLE turns (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    session_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    request_id TEXT,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    status INTEGER,
    provider TEXT,
    model TEXT,
    content TEXT NOT NULL,
    metadata TEXT NOT NULL,
    FOREIGN KEY (owner, session_id) REFERENCES sessions (owner, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX turns_session ON turns (owner, session_id, seq);
CREATE INDEX turns_at ON turns (at);

CREATE TABLE usage (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    key_id TEXT,
    user_id TEXT,
    team TEXT,
    customer TEXT,
    organisation TEXT,
    session_id TEXT,
    client TEXT,
    surface TEXT NOT NULL,
    dialect TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    asked TEXT NOT NULL,
    tier TEXT,
    stream INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error_kind TEXT,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    cost_nanos INTEGER,
    latency_ms INTEGER NOT NULL,
    first_token_ms INTEGER,
    attempts INTEGER NOT NULL,
    receipt_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_at ON usage (at);
CREATE INDEX usage_session ON usage (session_id, at) WHERE session_id IS NOT NULL;
CREATE INDEX usage_key ON usage (key_id, at) WHERE key_id IS NOT NULL;
CREATE INDEX usage_request ON usage (request_id);

CREATE TABLE telemetry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    request_id TEXT,
    session_id TEXT,
    provider TEXT,
    model TEXT,
    tier TEXT,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX telemetry_at ON telemetry (kind, at);

CREATE TABLE budgets (
    id TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    period TEXT NOT NULL,
    unit TEXT NOT NULL,
    warn_at INTEGER,
    block_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (subject_kind, subject_id, period, unit)
) STRICT;

CREATE TABLE budget_spend (
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    subject_id TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    PRIMARY KEY (budget_id, subject_id, period_start)
) STRICT;
CREATE INDEX budget_spend_period ON budget_spend (period_start);

CREATE TABLE budget_reservations (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    subject_id TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    unit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY (id, budget_id, subject_id)
) STRICT;
CREATE INDEX budget_reservations_expiry ON budget_reservations (expires_at);

CREATE TABLE rate_windows (
    name TEXT NOT NULL,
    window_start INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (name, window_start)
) STRICT;
CREATE INDEX rate_windows_expiry ON rate_windows (expires_at);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER,
    user_id TEXT,
    team TEXT,
    customer TEXT,
    organisation TEXT,
    scopes TEXT NOT NULL,
    models TEXT NOT NULL,
    providers TEXT NOT NULL,
    limits TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log can only grow');
END;

CREATE TABLE responses (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    provider TEXT,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX responses_created ON responses (created_at);
