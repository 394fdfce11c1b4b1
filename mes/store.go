package mes

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The file says what it is in SQLite's own header fields.
const (
	applicationID = 0x4c544d53 // "LTMS"
	schemaVersion = 3
)

//go:embed schema.sql
var schema string

//go:embed pictures.sql
var picturesSchema string

//go:embed measures.sql
var measuresSchema string

// additions are what each version of the schema added to the one before it: the first of them made 2 of 1.
var additions = []string{picturesSchema, measuresSchema}

// bg: SQLite statements here are short, and are never given up half-way.
var bg = context.Background()

// store is the SQLite file: one connection that writes, and some that read.
type store struct {
	path    string
	durable bool
	wdb     *sql.DB
	w       *sql.Conn
	rdb     *sql.DB
	bulk    map[string]*sql.Stmt
}

// dsn names a file to the driver, whatever characters its path has.
func dsn(path, query string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query
}

func openStore(path string, durable bool) (*store, error) {
	s := &store{path: path, durable: durable, bulk: make(map[string]*sql.Stmt)}
	var err error
	if s.wdb, err = sql.Open("sqlite", dsn(path, "mode=rwc&_pragma=busy_timeout(2000)&_pragma=synchronous("+s.sync()+")")); err != nil {
		return nil, fmt.Errorf("mes: %s: %w", path, err)
	}
	if s.w, err = s.wdb.Conn(bg); err != nil {
		s.wdb.Close()
		return nil, fmt.Errorf("mes: %s: %w", path, plain(err))
	}
	if s.rdb, err = sql.Open("sqlite", dsn(path, "mode=ro&_pragma=busy_timeout(2000)&_pragma=query_only(1)")); err != nil {
		s.close()
		return nil, fmt.Errorf("mes: %s: %w", path, err)
	}
	s.rdb.SetMaxOpenConns(2)
	return s, nil
}

func (s *store) sync() string {
	if s.durable {
		return "FULL"
	}
	return "OFF"
}

// tune sets the journal. WAL lets readers read while a batch is written.
func (s *store) tune() error {
	var mode string
	if err := s.w.QueryRowContext(bg, "PRAGMA journal_mode=WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the journal mode is %q and cannot be set to WAL; is the file on a network file system?", mode)
	}
	return nil
}

// close leaves one plain file: with a rollback journal it can be opened from a
// folder that cannot be written. Where another program reads it, it stays WAL.
func (s *store) close() error {
	var errs []error
	if s.rdb != nil {
		errs = append(errs, s.rdb.Close())
	}
	for _, st := range s.bulk {
		errs = append(errs, st.Close())
	}
	if s.w != nil {
		var mode string
		if s.w.QueryRowContext(bg, "PRAGMA journal_mode").Scan(&mode) == nil && mode == "wal" {
			_, err := s.w.ExecContext(bg, "PRAGMA journal_mode=DELETE")
			if busy := (*sqlite.Error)(nil); !errors.As(err, &busy) || busy.Code()&0xff != sqlite3.SQLITE_BUSY {
				errs = append(errs, err)
			}
		}
		errs = append(errs, s.w.Close())
	}
	if s.wdb != nil {
		errs = append(errs, s.wdb.Close())
	}
	return errors.Join(errs...)
}

// inTx runs f in a transaction that holds the write lock from its start.
func (s *store) inTx(f func(*sql.Conn) error) error {
	if _, err := s.w.ExecContext(bg, "BEGIN IMMEDIATE"); err != nil {
		return plain(err)
	}
	err := f(s.w)
	if err == nil {
		_, err = s.w.ExecContext(bg, "COMMIT")
	}
	if err != nil {
		// SQLite may have rolled back by itself; then there is nothing to do.
		_, _ = s.w.ExecContext(bg, "ROLLBACK")
	}
	return plain(err)
}

// plain turns SQLite's codes into what a user can act on.
func plain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("not an SQLite database; name a new file, or the mes.db of this run")
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("cannot be opened or created; a file in a folder that is there and can be written is needed (%w)", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another program holds the database's write lock; close it (%w)", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the database is damaged; restore it from a copy (%w)", err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("the database cannot be written; check the rights of the file and of its folder (%w)", err)
	}
	return err
}

// identify gives the version of the file's schema, 0 if it is empty, and refuses one that is
// not ours.
func (s *store) identify(tx *sql.Conn) (version int64, err error) {
	var id, tables int64
	for _, q := range []struct {
		sql string
		to  *int64
	}{
		{"PRAGMA application_id", &id}, {"PRAGMA user_version", &version},
		{"SELECT count(*) FROM sqlite_schema", &tables},
	} {
		if err := tx.QueryRowContext(bg, q.sql).Scan(q.to); err != nil {
			return 0, err
		}
	}
	switch {
	case tables == 0 && id == 0:
		return 0, nil
	case id != applicationID:
		return 0, fmt.Errorf("the database of another program (application_id %d); name a new file, or the mes.db of this run", id)
	case version < 1 || version > schemaVersion:
		return 0, fmt.Errorf("schema version %d; this program reads and writes version %d: use the program that made the file, or name a new file", version, schemaVersion)
	}
	return version, nil
}

// upgrade brings an older file to the present schema.
func (s *store) upgrade(tx *sql.Conn, version int64) error {
	if version == schemaVersion {
		return nil
	}
	_, err := tx.ExecContext(bg, strings.Join(additions[version-1:], "")+"PRAGMA user_version="+strconv.Itoa(schemaVersion))
	return err
}

// create makes the tables.
func (s *store) create(tx *sql.Conn, run string, registers []string) error {
	head := "PRAGMA application_id=" + strconv.Itoa(applicationID) + ";PRAGMA user_version=" + strconv.Itoa(schemaVersion) + ";"
	if _, err := tx.ExecContext(bg, head+schema+strings.Join(additions, "")); err != nil {
		return err
	}
	if _, err := tx.ExecContext(bg, "INSERT INTO meta VALUES ('run', ?)", run); err != nil {
		return err
	}
	var args []any
	b := s.bulkInsert("INSERT INTO registers", 2, &args)
	for i, r := range registers {
		b.add(int64(i), r)
	}
	return b.done()
}

func (s *store) beginSession(tx *sql.Conn, id int64, base time.Duration) error {
	_, err := tx.ExecContext(bg, "INSERT INTO sessions VALUES (?, ?, ?)", id, int64(base), int64(base))
	return err
}
