-- What a person thinks of an answer of their own, 'good' or 'bad': gone with it.
CREATE TABLE ratings (
    generation TEXT PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
