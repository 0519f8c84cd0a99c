-- What people change of conversations: pins, and what they claim.

ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN merged_into TEXT;

-- Until now a conversation claimed one range.
UPDATE conversations SET ranges = json_set(
  ranges, '$[0].captureStartedAt', started_at - json_extract(ranges, '$[0].startMs')
) WHERE json_array_length(ranges) > 0;

-- Without those that were merged.
DROP INDEX conversations_by_start;
DROP INDEX conversations_by_client;
CREATE INDEX conversations_by_start ON conversations (user_id, merged_into, started_at, id);
CREATE INDEX conversations_by_client ON conversations (user_id, merged_into, client_id, started_at);

CREATE TABLE conversation_edits (
  number      INTEGER PRIMARY KEY,
  user_id     TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  undone_at   INTEGER,
  before      TEXT    NOT NULL, -- JSON: the conversations as they were
  after       TEXT    NOT NULL, -- JSON: as it left them
  memories    TEXT    NOT NULL, -- JSON: which went where
  transcripts TEXT    NOT NULL, -- JSON: ids of the versions it made
  UNIQUE (user_id, id)
) STRICT;

-- Which conversations an edit touched.
CREATE TABLE edited_conversations (
  user_id         TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  edit_id         TEXT NOT NULL,
  PRIMARY KEY (user_id, conversation_id, edit_id),
  FOREIGN KEY (user_id, edit_id) REFERENCES conversation_edits (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX edited_conversations_by_edit ON edited_conversations (user_id, edit_id);
