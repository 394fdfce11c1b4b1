-- Version 2 of the schema adds this table; a file of version 1 gets it when it is opened.
-- What a station saw of a part, as a JPEG: the newest pictures. A number is given once, and
-- those of pictures that were dropped are not given again while the file is open.
CREATE TABLE pictures (
	n       INTEGER PRIMARY KEY,
	part    INTEGER NOT NULL REFERENCES parts(n),
	station TEXT NOT NULL,
	camera  TEXT NOT NULL,
	at_ns   INTEGER NOT NULL,
	verdict TEXT NOT NULL,
	width   INTEGER NOT NULL,
	height  INTEGER NOT NULL,
	data    BLOB NOT NULL
) STRICT;
CREATE INDEX pictures_by_part ON pictures(part);
