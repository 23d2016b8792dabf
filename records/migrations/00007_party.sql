-- +goose Up
-- Somebody outside, who was consulted, took part, or had the customer.
ALTER TABLE segments ADD COLUMN party TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE segments DROP COLUMN party;
