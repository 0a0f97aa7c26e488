-- How a link may be read, and how often it was. A passphrase is kept as a slow hash of it.
ALTER TABLE shares ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE shares ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN expires_at INTEGER;
ALTER TABLE shares ADD COLUMN passphrase TEXT;
ALTER TABLE shares ADD COLUMN preview_photo INTEGER NOT NULL DEFAULT 1;
ALTER TABLE shares ADD COLUMN blurred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN views INTEGER NOT NULL DEFAULT 0;
UPDATE shares SET title = COALESCE(body ->> '$[0].question', ''), turns = json_array_length(body);
CREATE INDEX shares_by_end ON shares (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;
