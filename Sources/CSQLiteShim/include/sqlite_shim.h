#ifndef SQLITE_SHIM_H
#define SQLITE_SHIM_H

#include <sqlite3.h>

/* sqlite3_db_config is variadic, which Swift cannot call. */

/* Closing the last connection must not checkpoint: a checkpoint needs the ledger's lock exclusively. */
static inline int ledger_sqlite_no_checkpoint_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* Refuses SQL that can corrupt the file or edit the schema table. */
static inline int ledger_sqlite_defensive(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

#endif
