-- What each user said of their speech. A missing row: the server's own settings.
CREATE TABLE hearing_hints (
  user_id  TEXT PRIMARY KEY,
  language TEXT,
  keyterms TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
