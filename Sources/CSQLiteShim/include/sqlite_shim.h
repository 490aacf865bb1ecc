#ifndef SQLITE_SHIM_H
#define SQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/types.h>

/* sqlite3_db_config and sqlite3_config are variadic, which Swift cannot call. */

/* Closing the last connection must not checkpoint: a checkpoint needs the ledger's lock. */
static inline int ledger_sqlite_no_checkpoint_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* Refuses SQL that can corrupt the file or edit the schema table. */
static inline int ledger_sqlite_defensive(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/* Before the first connection of the process. A file may be named by a URI, where `immutable=1` can be said; and SQLite
 * does not count its memory, which takes a lock for each allocation. */
static inline void ledger_sqlite_configure(void) {
    sqlite3_config(SQLITE_CONFIG_URI, 1);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Locks one byte of a file for this open file alone, or says why not, at once (EAGAIN: somebody else has it). */
int ledger_lock_byte(int file, off_t byte);
int ledger_unlock_byte(int file, off_t byte);

#endif
