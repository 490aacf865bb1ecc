#ifndef EMBEDDED_MIGRATIONS_H
#define EMBEDDED_MIGRATIONS_H

/* The .sql files beside this folder, as zero-terminated text in the binary. */
const char *ledger_sqlite_0001_log(void);
const char *ledger_sqlite_views_0001_views(void);
const char *ledger_sqlite_backup_0001_backup(void);
const char *ledger_sqlite_witness_0001_witness(void);

#endif
