-- FLEET.db, schema version 1: many RUN.db of one schema version in one file.
--
-- Tables are those of RUN.db with a column `run` before the others; keys begin with it.

PRAGMA application_id = 0x72636e66;	-- "rcnf"
PRAGMA user_version = 1;

-- Every run once, in the order of their names.
CREATE TABLE runs (
	run		INTEGER NOT NULL,
	name		TEXT NOT NULL,	-- of its RUN.db, without folders and .db; of several the first
	inputs		TEXT NOT NULL,	-- names of the files of its recording
	recording	TEXT NOT NULL UNIQUE,	-- their hashes and sizes: what tells recordings apart
	PRIMARY KEY (run)
) STRICT;

