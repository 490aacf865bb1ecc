-- What the records amount to. Derived and disposable: everything here can be made again from ledger.db,
-- and nothing is decided by it.

-- How far each projection has come. The leaf hash is that of the last record it has seen and commits to all
-- before it: a log with another leaf there is another log.
CREATE TABLE cursor (
    projection TEXT PRIMARY KEY,
    version    INTEGER NOT NULL CHECK (version >= 1),
    tree_size  INTEGER NOT NULL CHECK (tree_size >= 0),
    last_leaf  BLOB NOT NULL CHECK (length(last_leaf) = 32)
) STRICT, WITHOUT ROWID;

-- Projections that are one value: ledger, roster, pipelines. Canonical JSON.
CREATE TABLE fact (
    projection TEXT PRIMARY KEY,
    state      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The projection `releases`: one row for each release stream.
CREATE TABLE release (
    stream     TEXT PRIMARY KEY,
    project    TEXT NOT NULL,
    tag        TEXT NOT NULL,
    is_over    INTEGER NOT NULL CHECK (is_over IN (0, 1)),
    last_index INTEGER NOT NULL CHECK (last_index >= 0),
    state      TEXT NOT NULL
) STRICT;

CREATE INDEX release_by_end ON release (is_over, last_index);

CREATE INDEX release_by_tag ON release (tag, last_index);

-- Signatures of governance that were verified, by the digests of statement and signature: a look at the
-- ledger need not verify them again. What decides never asks.
CREATE TABLE signature (
    statement   BLOB NOT NULL CHECK (length(statement) = 32),
    signature   BLOB NOT NULL CHECK (length(signature) = 32),
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (statement, signature)
) STRICT, WITHOUT ROWID;
