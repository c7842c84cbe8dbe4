-- Room that a gateway takes ahead of its requests: what no request uses of it, and what was charged by it so far.
ALTER TABLE budget_reservations ADD COLUMN idle BIGINT NOT NULL DEFAULT 0;
ALTER TABLE budget_reservations ADD COLUMN charged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX budget_reservations_idle ON budget_reservations (budget_id, subject_id, period_start) WHERE idle > 0;
