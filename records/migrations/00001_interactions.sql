-- One schema for SQLite and Postgres. Times are unix milliseconds (0: has not happened), lengths are milliseconds.

-- +goose Up
CREATE TABLE interactions (
    id          TEXT   NOT NULL PRIMARY KEY,
    channel     TEXT   NOT NULL,
    direction   TEXT   NOT NULL,
    node        TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    from_number TEXT   NOT NULL,
    from_name   TEXT   NOT NULL,
    to_number   TEXT   NOT NULL,
    entry       TEXT   NOT NULL,
    flow        TEXT   NOT NULL,
    path        TEXT   NOT NULL, -- JSON: [{"flow":"main","step":"menu","key":"1"}]
    started     BIGINT NOT NULL,
    answered    BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    cause       TEXT   NOT NULL,
    queue       TEXT   NOT NULL, -- the last one
    agent       TEXT   NOT NULL, -- the last one who talked
    waited      BIGINT NOT NULL,
    talked      BIGINT NOT NULL,
    held        BIGINT NOT NULL,
    wrapped     BIGINT NOT NULL,
    disposition TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    recording   TEXT   NOT NULL, -- the file's name
    recorded    BIGINT NOT NULL, -- its length
    assumed     BIGINT NOT NULL, -- 1: the end is a guess, for the node died
    search      TEXT   NOT NULL  -- what a search looks through, in lower case
);
CREATE INDEX interactions_started ON interactions (started, id);
CREATE INDEX interactions_from ON interactions (from_number, started);
CREATE INDEX interactions_open ON interactions (node, ended);

CREATE TABLE segments (
    interaction  TEXT   NOT NULL REFERENCES interactions (id) ON DELETE CASCADE,
    n            BIGINT NOT NULL, -- 1, 2, …: the order in which they began
    queue        TEXT   NOT NULL,
    agent        TEXT   NOT NULL,
    lease        TEXT   NOT NULL,
    queued       BIGINT NOT NULL,
    offered      BIGINT NOT NULL,
    accepted     BIGINT NOT NULL,
    connected    BIGINT NOT NULL,
    released     BIGINT NOT NULL,
    waited       BIGINT NOT NULL,
    talked       BIGINT NOT NULL,
    held         BIGINT NOT NULL,
    wrapup       TEXT   NOT NULL, -- the kind of after-call work: immediate, timed, indefinite
    wrapup_ended BIGINT NOT NULL,
    wrapped      BIGINT NOT NULL,
    outcome      TEXT   NOT NULL,
    disposition  TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    assumed      TEXT   NOT NULL, -- what is a guess, for the node died: talk, wrapup
    PRIMARY KEY (interaction, n)
);
CREATE INDEX segments_agent ON segments (agent, interaction);
CREATE INDEX segments_queue ON segments (queue, interaction);

-- How far the journal was read: moved in the transaction that writes what was read.
CREATE TABLE journal_position (
    name     TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL
);
INSERT INTO journal_position (name, position) VALUES ('records', '');

-- When each node began its present life; what it left open before is over.
CREATE TABLE lives (
    node  TEXT   NOT NULL PRIMARY KEY,
    began BIGINT NOT NULL
);

-- +goose Down
DROP TABLE lives;
DROP TABLE journal_position;
DROP TABLE segments;
DROP TABLE interactions;
