-- How the price of a request was found; NULL where it isn't known.
ALTER TABLE usage ADD COLUMN price_source TEXT;
