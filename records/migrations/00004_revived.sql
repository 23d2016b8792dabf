-- +goose Up
-- When the call went on after the end of its process, in unix milliseconds; 0 is never.
ALTER TABLE interactions ADD COLUMN revived BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE interactions DROP COLUMN revived;
