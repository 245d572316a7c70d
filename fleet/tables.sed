# Tables of RUN.db (sink/schema.sql) to those of FLEET.db, which say of each row of which run it is.
1,/^PRAGMA user_version/d
s/ REFERENCES [a-z]*//
s/PRIMARY KEY (/PRIMARY KEY (run, /
s/^CREATE TABLE [a-z]* ($/&\
	run	INTEGER NOT NULL REFERENCES runs,/
