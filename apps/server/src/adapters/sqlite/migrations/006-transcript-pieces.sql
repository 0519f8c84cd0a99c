-- Final words on their way to a transcript.
CREATE TABLE transcript_pieces (
  user_id    TEXT NOT NULL,
  capture_id TEXT NOT NULL,
  pass       TEXT NOT NULL,
  start_ms   REAL NOT NULL, -- capture time
  end_ms     REAL NOT NULL,
  provider   TEXT NOT NULL,
  model      TEXT NOT NULL,
  utterances TEXT NOT NULL, -- JSON
  PRIMARY KEY (user_id, capture_id, start_ms, pass)
) STRICT, WITHOUT ROWID;
