-- Somebody who is heard, and whose words are whose. An utterance keeps its id through edits of its conversation.
CREATE TABLE people (
  user_id    TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE utterance_speakers (
  user_id      TEXT NOT NULL,
  utterance_id TEXT NOT NULL,
  person_id    TEXT NOT NULL,
  PRIMARY KEY (user_id, utterance_id),
  FOREIGN KEY (user_id, person_id) REFERENCES people (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX utterance_speakers_by_person ON utterance_speakers (user_id, person_id);
