-- +goose Up
-- Who is logged in at the console. Of the browser's token only the hash is kept: a copy of this table opens nothing.
CREATE TABLE sessions (
    hash    TEXT   NOT NULL PRIMARY KEY,
    value   TEXT   NOT NULL, -- whose it is, as the API wrote it
    expires BIGINT NOT NULL
);

-- +goose Down
DROP TABLE sessions;
