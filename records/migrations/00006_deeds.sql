-- +goose Up
-- What supervisors did to others: who, what, to whom or which call, when, from where, and what came of it.
CREATE TABLE deeds (
    id      TEXT   NOT NULL PRIMARY KEY, -- its place in the journal
    at      BIGINT NOT NULL,
    doer    TEXT   NOT NULL,
    verb    TEXT   NOT NULL,
    agent   TEXT   NOT NULL,
    call    TEXT   NOT NULL,
    queue   TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    address TEXT   NOT NULL, -- of the doer's machine
    node    TEXT   NOT NULL,
    result  TEXT   NOT NULL, -- done, or the code of the refusal
    queues  TEXT   NOT NULL  -- whose supervisors may read it: ,a,b,
);
CREATE INDEX deeds_at ON deeds (at, id);

-- +goose Down
DROP TABLE deeds;
