-- Times are ms since the epoch unless a comment says capture time (ms from the start of the capture).
-- REAL where sound decides: a sample may fall between two milliseconds. What a user owns has the user's id
-- first in its key, so that no other tenant's row can be met or collided with.

CREATE TABLE users (
  id            TEXT    PRIMARY KEY,
  email         TEXT    NOT NULL UNIQUE,
  password_hash TEXT    NOT NULL,
  display_name  TEXT,
  is_active     INTEGER NOT NULL,
  is_superuser  INTEGER NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
  user_id       TEXT    NOT NULL,
  client_id     TEXT    NOT NULL,
  device_name   TEXT    NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE revoked_tokens (
  token_id   TEXT    PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

CREATE TABLE captures (
  id             TEXT    PRIMARY KEY,
  user_id        TEXT    NOT NULL,
  client_id      TEXT    NOT NULL,
  encoding       TEXT    NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  channels       INTEGER NOT NULL,
  started_at     REAL    NOT NULL,
  state          TEXT    NOT NULL,
  away_since     REAL,
  ended_at       REAL,
  end_reason     TEXT,
  UNIQUE (user_id, id)
) STRICT;

CREATE INDEX captures_unsealed ON captures (started_at) WHERE state <> 'sealed';

CREATE TABLE segments (
  capture_id    TEXT    NOT NULL,
  segment_index INTEGER NOT NULL,
  user_id       TEXT    NOT NULL,
  start_ms      REAL    NOT NULL, -- capture time
  byte_count    INTEGER NOT NULL,
  is_sealed     INTEGER NOT NULL,
  PRIMARY KEY (capture_id, segment_index),
  FOREIGN KEY (user_id, capture_id) REFERENCES captures (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Disjoint: regions that overlap or touch are joined when they are written.
CREATE TABLE speech_regions (
  user_id    TEXT NOT NULL,
  capture_id TEXT NOT NULL,
  start_ms   REAL NOT NULL, -- capture time
  end_ms     REAL NOT NULL,
  PRIMARY KEY (user_id, capture_id, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE speech_progress (
  user_id     TEXT    NOT NULL,
  capture_id  TEXT    NOT NULL,
  analyzed_ms REAL    NOT NULL, -- capture time
  is_finished INTEGER NOT NULL,
  PRIMARY KEY (user_id, capture_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX speech_unfinished ON speech_progress (user_id, capture_id) WHERE is_finished = 0;

CREATE TABLE conversations (
  user_id              TEXT    NOT NULL,
  id                   TEXT    NOT NULL,
  client_id            TEXT    NOT NULL,
  created_at           INTEGER NOT NULL,
  started_at           REAL    NOT NULL,
  ended_at             REAL,
  phase                TEXT    NOT NULL,
  close_reason         TEXT,
  stages               TEXT    NOT NULL, -- JSON
  ranges               TEXT    NOT NULL, -- JSON
  title                TEXT,
  summary              TEXT,
  active_transcript_id TEXT,
  utterance_count      INTEGER NOT NULL,
  memory_count         INTEGER NOT NULL,
  coverage             REAL,
  cropped_spans        TEXT,             -- JSON
  PRIMARY KEY (user_id, id)
) STRICT;

CREATE INDEX conversations_by_start ON conversations (user_id, started_at, id);
CREATE INDEX conversations_by_client ON conversations (user_id, client_id);
CREATE INDEX conversations_unfinished ON conversations (started_at) WHERE phase <> 'closed';

-- Which captures the ranges of a conversation claim.
CREATE TABLE conversation_captures (
  user_id         TEXT NOT NULL,
  capture_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  PRIMARY KEY (user_id, capture_id, conversation_id),
  FOREIGN KEY (user_id, conversation_id) REFERENCES conversations (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_captures_by_conversation
  ON conversation_captures (user_id, conversation_id);

CREATE TABLE transcripts (
  user_id         TEXT    NOT NULL,
  id              TEXT    NOT NULL,
  conversation_id TEXT    NOT NULL,
  provider        TEXT    NOT NULL,
  model           TEXT    NOT NULL,
  created_at      INTEGER NOT NULL,
  outcome         TEXT    NOT NULL,
  coverage        REAL    NOT NULL,
  utterances      TEXT    NOT NULL, -- JSON
  PRIMARY KEY (user_id, id),
  FOREIGN KEY (user_id, conversation_id) REFERENCES conversations (user_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX transcripts_by_conversation ON transcripts (user_id, conversation_id, created_at);

-- Each user's memories are numbered from number * 2^32, so that one range of row ids is one tenant, in the
-- table as in the postings of the word index.
CREATE TABLE memory_owners (
  number  INTEGER PRIMARY KEY,
  user_id TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE memories (
  number                INTEGER PRIMARY KEY,
  user_id               TEXT    NOT NULL,
  id                    TEXT    NOT NULL,
  client_id             TEXT    NOT NULL,
  kind                  TEXT    NOT NULL,
  text                  TEXT    NOT NULL,
  entities              TEXT    NOT NULL, -- JSON
  valid_from            REAL    NOT NULL,
  valid_until           REAL,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL,
  conversation_id       TEXT    NOT NULL,
  transcript_version_id TEXT    NOT NULL,
  utterance_ids         TEXT    NOT NULL, -- JSON
  start_ms              REAL    NOT NULL,
  end_ms                REAL    NOT NULL,
  extractor             TEXT    NOT NULL,
  model                 TEXT,
  prompt_revision       TEXT    NOT NULL,
  UNIQUE (user_id, id)
) STRICT;

CREATE INDEX memories_by_age ON memories (user_id, created_at);
CREATE INDEX memories_by_conversation ON memories (user_id, conversation_id, start_ms);

-- The words of memories, by the memory's number. Holds no text of its own.
CREATE VIRTUAL TABLE memory_words USING fts5 (
  text,
  entities,
  content = '',
  contentless_delete = 1,
  tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER memories_forget_words AFTER DELETE ON memories BEGIN
  DELETE FROM memory_words WHERE rowid = old.number;
END;

CREATE TABLE jobs (
  number      INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  kind        TEXT    NOT NULL,
  key         TEXT    NOT NULL UNIQUE,
  user_id     TEXT    NOT NULL,
  payload     TEXT    NOT NULL, -- JSON
  state       TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  run_at      INTEGER NOT NULL,
  -- When it may be taken: run_at; of a running job the end of its lease; null when nothing is left to do.
  due_at      INTEGER,
  lease       TEXT,
  created_at  INTEGER NOT NULL,
  finished_at INTEGER,
  note        TEXT
) STRICT;

CREATE INDEX jobs_due ON jobs (kind, due_at, number) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, finished_at);
