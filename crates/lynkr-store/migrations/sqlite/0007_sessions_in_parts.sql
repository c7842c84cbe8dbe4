-- Ids of sessions come in no order. In one index of all of them each new row touched a page of its own, which was read and written for
-- it; so the index has a part for each 8,192 rows, and new rows touch the last part alone. Who looks for a session looks
-- into all parts.
DROP INDEX usage_session;
CREATE INDEX usage_session ON usage (seq / 8192, session_id) WHERE session_id IS NOT NULL;
