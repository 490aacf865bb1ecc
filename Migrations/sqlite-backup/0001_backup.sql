-- What a backup holds beside the tables of the ledger itself: the evidence that lies in files there. It is cut
-- into parts, so that a file may be larger than a BLOB can be, and is never needed whole by SQLite.
CREATE TABLE backup_evidence (
    evidence_id INTEGER PRIMARY KEY,
    digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    salt        BLOB CHECK (salt IS NULL OR length(salt) = 16),
    byte_count  INTEGER NOT NULL CHECK (byte_count >= 0)
) STRICT;

CREATE TABLE backup_part (
    evidence_id INTEGER NOT NULL,
    part        INTEGER NOT NULL CHECK (part >= 0),
    content     BLOB NOT NULL CHECK (length(content) > 0),
    PRIMARY KEY (evidence_id, part)
) STRICT;
