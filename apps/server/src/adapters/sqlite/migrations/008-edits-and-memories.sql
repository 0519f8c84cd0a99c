-- What was remembered of words that an edit cut off: nobody sees it while the edit stands.
ALTER TABLE memories ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER memories_hide_words AFTER UPDATE OF is_hidden ON memories
WHEN new.is_hidden AND NOT old.is_hidden BEGIN
  DELETE FROM memory_words WHERE rowid = old.number;
END;

CREATE TRIGGER memories_show_words AFTER UPDATE OF is_hidden ON memories
WHEN old.is_hidden AND NOT new.is_hidden BEGIN
  INSERT INTO memory_words (rowid, text, entities)
  VALUES (new.number, new.text, (SELECT coalesce(group_concat(value, char(10)), '') FROM json_each(new.entities)));
END;

-- A dead job that would fail in the same way for ever.
ALTER TABLE jobs ADD COLUMN is_hopeless INTEGER NOT NULL DEFAULT 0;
