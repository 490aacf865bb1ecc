-- The log and what is derived from it. Truth: identity, log, note, evidence. Derived, in the same
-- transaction as the records: event_id, stream, stream_position, tree_tile. Working state: lease.
--
-- The triggers are seat belts against mistakes. Whoever can write the file can drop them: the proof is
-- the tree and a checkpoint that is kept elsewhere.

-- One row: the origin that seeds the chain. Record 0 says the same, once it is there.
CREATE TABLE identity (
    only   INTEGER PRIMARY KEY CHECK (only = 0),
    origin TEXT NOT NULL
) STRICT;

CREATE TRIGGER identity_fixed_insert
BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity)
BEGIN
    SELECT RAISE(ABORT, 'the origin of a log cannot be changed');
END;

CREATE TRIGGER identity_fixed_update
BEFORE UPDATE ON identity
BEGIN
    SELECT RAISE(ABORT, 'the origin of a log cannot be changed');
END;

CREATE TRIGGER identity_fixed_delete
BEFORE DELETE ON identity
BEGIN
    SELECT RAISE(ABORT, 'the origin of a log cannot be removed');
END;

CREATE TABLE log (
    log_index INTEGER PRIMARY KEY,
    record    TEXT NOT NULL
) STRICT;

-- An INSERT that is not max + 1 is refused, because INSERT OR REPLACE deletes the old row without
-- running the DELETE trigger (recursive_triggers is off by default). It ends the transaction: for ABORT, SQLite
-- would copy the page of each INSERT beforehand, to be able to undo that one alone.
CREATE TRIGGER log_append_only_insert
BEFORE INSERT ON log
WHEN NEW.log_index IS NOT (SELECT coalesce(max(log_index) + 1, 0) FROM log)
BEGIN
    SELECT RAISE(ROLLBACK, 'the log is append-only: a record can only be added at its end');
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

-- Signed checkpoints of this log, with the cosignatures gathered for them. Never edited: a note with
-- more signatures is a new row.
CREATE TABLE note (
    note_id   INTEGER PRIMARY KEY,
    tree_size INTEGER NOT NULL CHECK (tree_size >= 0),
    note      TEXT NOT NULL
) STRICT;

CREATE INDEX note_by_size ON note (tree_size);

CREATE TRIGGER note_append_only_insert
BEFORE INSERT ON note
WHEN NEW.note_id IS NOT (SELECT coalesce(max(note_id) + 1, 0) FROM note)
BEGIN
    SELECT RAISE(ABORT, 'notes are append-only: one can only be added at the end');
END;

CREATE TRIGGER note_append_only_update
BEFORE UPDATE ON note
BEGIN
    SELECT RAISE(ABORT, 'notes are append-only: a note cannot be changed');
END;

CREATE TRIGGER note_append_only_delete
BEFORE DELETE ON note
BEGIN
    SELECT RAISE(ABORT, 'notes are append-only: a note cannot be removed');
END;

-- Evidence up to 64 KiB. A salted row may be erased; the digest is of salt and content.
CREATE TABLE evidence (
    digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
    salt    BLOB CHECK (salt IS NULL OR length(salt) = 16),
    content BLOB NOT NULL CHECK (length(content) <= 65536)
) STRICT;

CREATE TRIGGER evidence_fixed_insert
BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE digest = NEW.digest)
BEGIN
    SELECT RAISE(ABORT, 'this evidence is there already');
END;

CREATE TRIGGER evidence_fixed_update
BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence cannot be changed');
END;

CREATE TRIGGER evidence_fixed_delete
BEFORE DELETE ON evidence
WHEN OLD.salt IS NULL
BEGIN
    SELECT RAISE(ABORT, 'only salted evidence can be erased');
END;

-- leaf_start is the first eight bytes of the record's leaf hash. Every record but the last is held to account by
-- the `prev` of the next one; this finds an accident to the last one too.
CREATE TABLE event_id (
    event_id   BLOB PRIMARY KEY CHECK (length(event_id) = 16),
    log_index  INTEGER NOT NULL,
    leaf_start INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbered in the order of their first records, from 1.
CREATE TABLE stream (
    stream_id INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE stream_position (
    stream_id INTEGER NOT NULL,
    revision  INTEGER NOT NULL CHECK (revision >= 1),
    log_index INTEGER NOT NULL,
    PRIMARY KEY (stream_id, revision)
) STRICT, WITHOUT ROWID;

-- Tiles of 256 hashes at tree levels 0, 8, 16, ... as in C2SP tlog-tiles. Level 0 holds full tiles only: a
-- leaf hash right of the last one is the `prev` of the next record. A tile of a higher level grows by a
-- hash whenever a tile below it is full, so the root is never more than 256 records away.
CREATE TABLE tree_tile (
    level  INTEGER NOT NULL CHECK (level % 8 = 0),
    tile   INTEGER NOT NULL CHECK (tile >= 0),
    hashes BLOB NOT NULL CHECK (
        length(hashes) = 8192
        OR (level > 0 AND length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 8192)
    ),
    PRIMARY KEY (level, tile)
) STRICT;

-- A lease that was given back stays, without an end, so that its epoch goes on growing.
CREATE TABLE lease (
    lease_key      TEXT PRIMARY KEY,
    owner          TEXT NOT NULL,
    epoch          INTEGER NOT NULL CHECK (epoch >= 1),
    expires_micros INTEGER
) STRICT;
