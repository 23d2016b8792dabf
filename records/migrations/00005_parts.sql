-- +goose Up
-- The parts of a recording, as JSON: each node that had the call keeps its own.
ALTER TABLE interactions ADD COLUMN parts TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE interactions DROP COLUMN parts;
