-- Verdicts on two answers. No picture, no words, and not who voted.
CREATE TABLE votes (
    comparison TEXT PRIMARY KEY,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    verdict TEXT NOT NULL,
    is_blind INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
