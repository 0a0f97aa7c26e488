-- A conversation is a tree: each turn names the one before it, and two with the same one are versions of each other.
ALTER TABLE generations ADD COLUMN parent TEXT;
-- The answer that this one goes on from, and the tokens of its text, so that it goes on exactly.
ALTER TABLE generations ADD COLUMN continues TEXT;
ALTER TABLE generations ADD COLUMN tokens BLOB;
-- Last turn of the version that the page shows and a link copies; none is the newest.
ALTER TABLE conversations ADD COLUMN leaf TEXT;
UPDATE generations SET parent = (
    SELECT earlier.id FROM generations earlier
    WHERE earlier.conversation = generations.conversation AND earlier.ordinal < generations.ordinal
    ORDER BY earlier.ordinal DESC LIMIT 1);
CREATE INDEX generations_by_image ON generations (image);
