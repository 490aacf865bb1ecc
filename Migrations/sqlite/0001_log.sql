-- The log and what is derived from it. Truth: log, note, evidence. Derived, in the same transaction as
-- the records: event_id, stream, stream_position, tree_tile, tree_edge. Working state: lease.
--
-- The triggers are seat belts against mistakes. Whoever can write the file can drop them: the proof is
-- the tree and a checkpoint that is kept elsewhere.

CREATE TABLE log (
    log_index INTEGER PRIMARY KEY,
    record    TEXT NOT NULL
) STRICT;

-- An INSERT that is not max + 1 is refused, because INSERT OR REPLACE deletes the old row without
-- running the DELETE trigger (recursive_triggers is off by default).
CREATE TRIGGER log_append_only_insert
BEFORE INSERT ON log
WHEN NEW.log_index IS NOT (SELECT coalesce(max(log_index) + 1, 0) FROM log)
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a record can only be added at its end');
END;

CREATE TRIGGER log_append_only_update
BEFORE UPDATE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a record cannot be changed');
END;

CREATE TRIGGER log_append_only_delete
BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a record cannot be removed');
END;

-- Signed checkpoints of this log, with the cosignatures gathered for them.
CREATE TABLE note (
    note_id   INTEGER PRIMARY KEY,
    tree_size INTEGER NOT NULL,
    note      TEXT NOT NULL
) STRICT;

CREATE INDEX note_by_size ON note (tree_size);

-- Evidence up to 64 KiB. A salted row may be erased; the digest is of salt and content.
CREATE TABLE evidence (
    digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
    salt    BLOB CHECK (salt IS NULL OR length(salt) = 16),
    content BLOB NOT NULL
) STRICT;

CREATE TABLE event_id (
    event_id  BLOB PRIMARY KEY CHECK (length(event_id) = 16),
    log_index INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stream (
    stream_id INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    revision  INTEGER NOT NULL CHECK (revision >= 1)
) STRICT;

CREATE TABLE stream_position (
    stream_id INTEGER NOT NULL,
    revision  INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    PRIMARY KEY (stream_id, revision)
) STRICT, WITHOUT ROWID;

-- Full tiles of 256 hashes at tree levels 0, 8, 16, ... Hashes right of the last full tile are not
-- stored: a leaf hash is the `prev` of the next record, and tree_edge holds what is needed to go on.
CREATE TABLE tree_tile (
    level  INTEGER NOT NULL,
    tile   INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, tile)
) STRICT;

-- One row: the size of the tree, the last leaf hash and time, and the roots of its full subtrees, largest first.
CREATE TABLE tree_edge (
    only      INTEGER PRIMARY KEY CHECK (only = 0),
    tree_size INTEGER NOT NULL,
    last_leaf BLOB NOT NULL,
    last_time INTEGER NOT NULL,
    hashes    BLOB NOT NULL
) STRICT;

CREATE TABLE lease (
    lease_key      TEXT PRIMARY KEY,
    owner          TEXT NOT NULL,
    epoch          INTEGER NOT NULL CHECK (epoch >= 1),
    expires_micros INTEGER NOT NULL
) STRICT;
