-- What a person found when checking an answer's dots, as JSON: a layer beside the answer, gone with it.
CREATE TABLE audits (
    generation TEXT PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
