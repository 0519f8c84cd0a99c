-- Files that were uploaded, and how far their import is. Those of one request share an upload id.

CREATE TABLE uploaded_files (
  id          TEXT    NOT NULL, -- also of the job that imports it
  user_id     TEXT    NOT NULL,
  upload_id   TEXT    NOT NULL,
  number      INTEGER NOT NULL, -- 1, 2, 3 … within the upload
  filename    TEXT    NOT NULL, -- as the client named it, for people
  client_id   TEXT    NOT NULL,
  byte_count  INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  recorded_at REAL,             -- start of its sound, where the client told
  written_at  REAL,             -- when it was last changed, where the client told
  state       TEXT    NOT NULL,
  progress    REAL    NOT NULL, -- 0 to 1
  started_at  REAL,             -- start of its sound, once known
  duration_ms REAL,
  capture_id  TEXT,
  error       TEXT,             -- JSON
  PRIMARY KEY (user_id, upload_id, number),
  UNIQUE (user_id, id)
) STRICT;

CREATE INDEX uploaded_files_unfinished ON uploaded_files (received_at)
  WHERE state IN ('queued', 'processing');
