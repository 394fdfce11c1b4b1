-- Tables of a MES file. Times are nanoseconds of line time since the start of
-- the run. An order_id of '' means: no order.
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each time that a MES had this file open.
CREATE TABLE sessions (
	id       INTEGER PRIMARY KEY,
	base_ns  INTEGER NOT NULL,
	end_ns   INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
	seq      INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	product  TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	cycle_ns INTEGER NOT NULL,
	state    TEXT NOT NULL
) STRICT;

-- Audit: every change of an order's state; from_state is '' for the first.
CREATE TABLE transitions (
	n          INTEGER PRIMARY KEY,
	order_id   TEXT NOT NULL REFERENCES orders(id),
	at_ns      INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL,
	cause      TEXT NOT NULL
) STRICT;

-- Every part that left the line; track or serial is 0 where it is not known.
CREATE TABLE parts (
	n        INTEGER PRIMARY KEY,
	session  INTEGER NOT NULL REFERENCES sessions(id),
	at_ns    INTEGER NOT NULL,
	track    INTEGER NOT NULL,
	serial   INTEGER NOT NULL,
	product  TEXT NOT NULL,
	order_id TEXT NOT NULL,
	good     INTEGER NOT NULL,
	reason   TEXT NOT NULL
) STRICT;
CREATE INDEX parts_by_serial ON parts(serial) WHERE serial != 0;
CREATE INDEX parts_by_order ON parts(order_id);
CREATE INDEX parts_by_track ON parts(track) WHERE track != 0;

-- Genealogy: what each station did to a part.
CREATE TABLE steps (
	part    INTEGER NOT NULL REFERENCES parts(n),
	seq     INTEGER NOT NULL,
	station TEXT NOT NULL,
	at_ns   INTEGER NOT NULL,
	result  TEXT NOT NULL,
	value   REAL,
	unit    TEXT NOT NULL,
	PRIMARY KEY (part, seq)
) STRICT, WITHOUT ROWID;

-- Counters, kept in the same transactions as the parts; reason '' counts the
-- good ones.
CREATE TABLE counts (
	order_id TEXT NOT NULL,
	reason   TEXT NOT NULL,
	n        INTEGER NOT NULL,
	PRIMARY KEY (order_id, reason)
) STRICT, WITHOUT ROWID;

-- Stretches of line time in one state of the line and for one running order.
CREATE TABLE spans (
	n        INTEGER PRIMARY KEY,
	session  INTEGER NOT NULL REFERENCES sessions(id),
	from_ns  INTEGER NOT NULL,
	to_ns    INTEGER NOT NULL,
	state    TEXT NOT NULL,
	order_id TEXT NOT NULL
) STRICT;

-- History: the newest samples of the registers.
CREATE TABLE registers (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE samples (
	n     INTEGER PRIMARY KEY,
	at_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE history (
	sample   INTEGER NOT NULL REFERENCES samples(n),
	register INTEGER NOT NULL REFERENCES registers(id),
	value    REAL,
	quality  INTEGER NOT NULL,
	PRIMARY KEY (sample, register)
) STRICT, WITHOUT ROWID;
