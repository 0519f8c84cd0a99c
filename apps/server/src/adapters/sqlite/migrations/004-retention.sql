-- What becomes of sound once it is recorded: packed, or removed with its record kept.

ALTER TABLE segments ADD COLUMN packed_bytes INTEGER; -- size of the packed file
ALTER TABLE segments ADD COLUMN removed_at INTEGER;

CREATE INDEX segments_removed ON segments (user_id, removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX captures_by_end ON captures (user_id, ended_at);

-- What each user chose. A missing row, or null: nothing goes by that rule (the last: the server's own choice).
CREATE TABLE retention_settings (
  user_id               TEXT PRIMARY KEY,
  audio_days            INTEGER,
  conversations_days    INTEGER,
  unclaimed_audio_hours INTEGER
) STRICT, WITHOUT ROWID;
