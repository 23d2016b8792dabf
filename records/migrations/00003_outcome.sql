-- +goose Up
-- What became of the customer in the queues, for lists: the outcome of the last segment.
ALTER TABLE interactions ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
UPDATE interactions SET outcome = COALESCE((SELECT s.outcome FROM segments s WHERE s.interaction = interactions.id
    ORDER BY s.n DESC LIMIT 1), '');

-- +goose Down
ALTER TABLE interactions DROP COLUMN outcome;
