-- Times are Unix milliseconds. Pictures are rows here and bytes in the pictures folder, named by their hash.
CREATE TABLE images (
    id TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    name TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX images_by_visitor ON images (visitor, created_at);
CREATE INDEX images_by_hash ON images (hash);

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversations_by_visitor ON conversations (visitor, updated_at);

CREATE TABLE generations (
    id TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    image TEXT REFERENCES images (id) ON DELETE SET NULL,
    question TEXT NOT NULL,
    sampling TEXT NOT NULL,
    history TEXT,
    remote TEXT,
    text TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (conversation, ordinal)
) WITHOUT ROWID;
CREATE INDEX generations_unended ON generations (state) WHERE ended_at IS NULL;

CREATE TABLE events (
    generation TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (generation, seq)
) WITHOUT ROWID;

CREATE TABLE shares (
    id TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    conversation TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX shares_by_conversation ON shares (visitor, conversation);

CREATE TABLE share_pictures (
    share TEXT NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    hash TEXT NOT NULL,
    format TEXT NOT NULL,
    PRIMARY KEY (share, number)
) WITHOUT ROWID;
CREATE INDEX share_pictures_by_hash ON share_pictures (hash);
