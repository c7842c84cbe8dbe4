-- What a person asks of one request: what was changed on its way, and why it went where it went. A score is in thousandths.
ALTER TABLE usage ADD COLUMN receipt TEXT;
ALTER TABLE usage ADD COLUMN route_method TEXT;
ALTER TABLE usage ADD COLUMN route_reason TEXT;
ALTER TABLE usage ADD COLUMN route_score INTEGER;
ALTER TABLE usage ADD COLUMN base_tier TEXT;
ALTER TABLE usage ADD COLUMN decided_tier TEXT;
ALTER TABLE usage ADD COLUMN served_tier TEXT;
ALTER TABLE usage ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0;

-- Sums of usage by the hour, so that long windows are added up in milliseconds. The hour counts from 1970 UTC; `length`
-- says which of the usual thresholds of long requests was exceeded, since prices change there.
CREATE TABLE usage_hours (
    hour INTEGER NOT NULL,
    tier TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    priced INTEGER NOT NULL,
    length INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    fallbacks INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    first_token_ms INTEGER NOT NULL,
    first_tokens INTEGER NOT NULL,
    PRIMARY KEY (hour, tier, provider, model, priced, length)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_hours
SELECT at / 3600000, COALESCE(tier, ''), provider, model, cost_nanos IS NOT NULL,
    CASE WHEN input_tokens + cache_read_tokens + cache_write_tokens > 512000 THEN 6
        WHEN input_tokens + cache_read_tokens + cache_write_tokens > 272000 THEN 5
        WHEN input_tokens + cache_read_tokens + cache_write_tokens > 256000 THEN 4
        WHEN input_tokens + cache_read_tokens + cache_write_tokens > 200000 THEN 3
        WHEN input_tokens + cache_read_tokens + cache_write_tokens > 100000 THEN 2
        WHEN input_tokens + cache_read_tokens + cache_write_tokens > 32000 THEN 1
        ELSE 0 END,
    COUNT(*), SUM(CASE WHEN error_kind IS NULL THEN 0 ELSE 1 END), 0, 0,
    SUM(input_tokens), SUM(output_tokens), SUM(cache_read_tokens), SUM(cache_write_tokens), SUM(reasoning_tokens),
    COALESCE(SUM(cost_nanos), 0), SUM(latency_ms), COALESCE(SUM(first_token_ms), 0), COUNT(first_token_ms)
FROM usage GROUP BY 1, 2, 3, 4, 5, 6;
