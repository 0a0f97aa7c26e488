-- What a program asked without wanting it kept: deleted with its answer, and what a crash left behind at the next
-- start.
CREATE TABLE passing_questions (
    conversation TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    image TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Replies kept for a day under the caller's Idempotency-Key. request is the SHA-256 of what was asked.
CREATE TABLE replies (
    visitor TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (visitor, key)
) WITHOUT ROWID;
CREATE INDEX replies_by_age ON replies (created_at);
