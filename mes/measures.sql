-- Version 3 of the schema adds these tables; an older file gets them when it is opened.
-- What is measured of parts: a unit of '1' is a share, one of '' a plain number.
CREATE TABLE measures (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	unit TEXT NOT NULL,
	UNIQUE (name, unit)
) STRICT;
-- What each step of a part measured; a value that is not known is NULL.
CREATE TABLE measured (
	part    INTEGER NOT NULL,
	seq     INTEGER NOT NULL,
	measure INTEGER NOT NULL REFERENCES measures(id),
	value   REAL,
	PRIMARY KEY (part, seq, measure),
	FOREIGN KEY (part, seq) REFERENCES steps(part, seq)
) STRICT, WITHOUT ROWID;
