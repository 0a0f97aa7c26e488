-- Links under which others watch a conversation as it goes on.
CREATE TABLE live_links (
    id TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    conversation TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) WITHOUT ROWID;
CREATE INDEX live_links_by_conversation ON live_links (visitor, conversation);
