-- What a witness cosigned last, of each log. All of it is truth: without it the witness would cosign a second
-- history, so one that has lost this file never signs again under its key.

-- One row: the witness's public key. A key that is lost or exchanged is noticed by it.
CREATE TABLE witness (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    key  TEXT NOT NULL
) STRICT;

CREATE TRIGGER witness_fixed_insert
BEFORE INSERT ON witness
WHEN EXISTS (SELECT 1 FROM witness)
BEGIN
    SELECT RAISE(ABORT, 'the key of a witness cannot be changed');
END;

CREATE TRIGGER witness_fixed_update
BEFORE UPDATE ON witness
BEGIN
    SELECT RAISE(ABORT, 'the key of a witness cannot be changed');
END;

CREATE TRIGGER witness_fixed_delete
BEFORE DELETE ON witness
BEGIN
    SELECT RAISE(ABORT, 'the key of a witness cannot be removed');
END;

CREATE TABLE cosigned (
    origin    TEXT PRIMARY KEY,
    tree_size INTEGER NOT NULL CHECK (tree_size >= 0),
    root      BLOB NOT NULL CHECK (length(root) = 32),
    seconds   INTEGER NOT NULL CHECK (seconds >= 0),
    note      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Without this one, INSERT OR REPLACE would walk past the two below.
CREATE TRIGGER cosigned_once
BEFORE INSERT ON cosigned
WHEN EXISTS (SELECT 1 FROM cosigned WHERE origin = NEW.origin)
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint of this log was cosigned already');
END;

CREATE TRIGGER cosigned_forward
BEFORE UPDATE ON cosigned
WHEN NEW.origin IS NOT OLD.origin
    OR NEW.tree_size < OLD.tree_size
    OR NEW.seconds < OLD.seconds
    OR (NEW.tree_size = OLD.tree_size AND NEW.root IS NOT OLD.root)
BEGIN
    SELECT RAISE(ABORT, 'a witness never goes back');
END;

CREATE TRIGGER cosigned_kept
BEFORE DELETE ON cosigned
BEGIN
    SELECT RAISE(ABORT, 'a witness never forgets');
END;
