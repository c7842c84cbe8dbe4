CREATE TABLE sessions (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fingerprint TEXT,
    client TEXT,
    provider TEXT,
    model TEXT,
    metadata TEXT NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX sessions_updated ON sessions (updated_at);
CREATE INDEX sessions_fingerprint ON sessions (fingerprint) WHERE fingerprint IS NOT NULL;

CREATE TABLE turns (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    session_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    request_id TEXT,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    status BIGINT,
    provider TEXT,
    model TEXT,
    content TEXT NOT NULL,
    metadata TEXT NOT NULL,
    FOREIGN KEY (owner, session_id) REFERENCES sessions (owner, id) ON DELETE CASCADE
);
CREATE INDEX turns_session ON turns (owner, session_id, seq);
CREATE INDEX turns_at ON turns (at);

CREATE TABLE usage (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
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
    stream BOOLEAN NOT NULL,
    status BIGINT NOT NULL,
    error_kind TEXT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    estimated BOOLEAN NOT NULL,
    cost_nanos BIGINT,
    latency_ms BIGINT NOT NULL,
    first_token_ms BIGINT,
    attempts BIGINT NOT NULL,
    receipt_bytes BIGINT NOT NULL
);
CREATE INDEX usage_at ON usage (at);
CREATE INDEX usage_session ON usage (session_id, at) WHERE session_id IS NOT NULL;
CREATE INDEX usage_key ON usage (key_id, at) WHERE key_id IS NOT NULL;
CREATE INDEX usage_request ON usage (request_id);

CREATE TABLE telemetry (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    request_id TEXT,
    session_id TEXT,
    provider TEXT,
    model TEXT,
    tier TEXT,
    data TEXT NOT NULL
);
CREATE INDEX telemetry_at ON telemetry (kind, at);

CREATE TABLE budgets (
    id TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    period TEXT NOT NULL,
    unit TEXT NOT NULL,
    warn_at BIGINT,
    block_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (subject_kind, subject_id, period, unit)
);

CREATE TABLE budget_spend (
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    subject_id TEXT NOT NULL,
    period_start BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    PRIMARY KEY (budget_id, subject_id, period_start)
);
CREATE INDEX budget_spend_period ON budget_spend (period_start);

CREATE TABLE budget_reservations (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
    subject_id TEXT NOT NULL,
    period_start BIGINT NOT NULL,
    unit TEXT NOT NULL,
    amount BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    released BOOLEAN NOT NULL,
    PRIMARY KEY (id, budget_id, subject_id)
);
CREATE INDEX budget_reservations_expiry ON budget_reservations (expires_at);

CREATE TABLE rate_windows (
    name TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (name, window_start)
);
CREATE INDEX rate_windows_expiry ON rate_windows (expires_at);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    user_id TEXT,
    team TEXT,
    customer TEXT,
    organisation TEXT,
    scopes TEXT NOT NULL,
    models TEXT NOT NULL,
    providers TEXT NOT NULL,
    limits TEXT NOT NULL
);

CREATE TABLE audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE FUNCTION lynkr_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can only grow';
END;
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION lynkr_audit_is_append_only();

CREATE TABLE responses (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    provider TEXT,
    bytes BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX responses_created ON responses (created_at);
