-- Which data folder this database belongs to, and how often a server was started on it: a file in the folder says the
-- same.
CREATE TABLE data_folder (
    id TEXT NOT NULL,
    starts INTEGER NOT NULL,
    probed_at INTEGER
);
INSERT INTO data_folder (id, starts) VALUES (lower(hex(randomblob(16))), 0);

-- Every file of the pictures folder that this database has made, noted before the file appears and forgotten after it
-- is gone.
CREATE TABLE picture_files (
    hash TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO picture_files (hash) SELECT hash FROM images UNION SELECT hash FROM share_pictures;
