-- Sound that came as Opus, after it was recorded, or numbered.

ALTER TABLE captures ADD COLUMN origin TEXT NOT NULL DEFAULT 'live';

ALTER TABLE segments ADD COLUMN duration_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE segments ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]'; -- JSON, capture time
ALTER TABLE segments ADD COLUMN last_seq INTEGER;

-- Until now everything was 16-bit PCM.
UPDATE segments SET duration_ms = byte_count * 1000.0 / (
  SELECT sample_rate_hz * channels * 2 FROM captures WHERE captures.id = segments.capture_id
);
