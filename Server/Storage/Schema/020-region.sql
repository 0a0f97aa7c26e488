-- The part of the picture that was asked about alone, as JSON in percent; null for the whole picture.
ALTER TABLE generations ADD COLUMN region TEXT;
