-- What a person asks of one request: what was changed on its way, and why it went where it went. A score is in thousandths.
ALTER TABLE usage ADD COLUMN receipt TEXT;
ALTER TABLE usage ADD COLUMN route_method TEXT;
ALTER TABLE usage ADD COLUMN route_reason TEXT;
ALTER TABLE usage ADD COLUMN route_score BIGINT;
ALTER TABLE usage ADD COLUMN base_tier TEXT;
ALTER TABLE usage ADD COLUMN decided_tier TEXT;
ALTER TABLE usage ADD COLUMN served_tier TEXT;
ALTER TABLE usage ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE usage ADD COLUMN fallback BOOLEAN NOT NULL DEFAULT FALSE;

-- Sums of usage by the hour, so that long windows are added up in milliseconds. The hour counts from 1970 UTC; `length`
-- says which of the usual thresholds of long requests was exceeded, since prices change there.
CREATE TABLE usage_hours (
    hour BIGINT NOT NULL,
    tier TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    priced BOOLEAN NOT NULL,
    length BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    fallbacks BIGINT NOT NULL,
    pinned BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    first_token_ms BIGINT NOT NULL,
    first_tokens BIGINT NOT NULL,
    PRIMARY KEY (hour, tier, provider, model, priced, length)
);
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
