-- How a question was asked, as JSON; NULL: the paper's way. The seed in "sampling" is always set; here is whether the
-- person gave it.
ALTER TABLE generations ADD COLUMN prompt TEXT;
ALTER TABLE generations ADD COLUMN seed_given INTEGER NOT NULL DEFAULT 0;
