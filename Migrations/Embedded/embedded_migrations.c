#include "embedded_migrations.h"

static const char sqlite_0001_log[] = {
#embed "../sqlite/0001_log.sql"
    , 0};

const char *ledger_sqlite_0001_log(void) { return sqlite_0001_log; }

static const char sqlite_views_0001_views[] = {
#embed "../sqlite-views/0001_views.sql"
    , 0};

const char *ledger_sqlite_views_0001_views(void) { return sqlite_views_0001_views; }

static const char sqlite_backup_0001_backup[] = {
#embed "../sqlite-backup/0001_backup.sql"
    , 0};

const char *ledger_sqlite_backup_0001_backup(void) { return sqlite_backup_0001_backup; }

static const char sqlite_witness_0001_witness[] = {
#embed "../sqlite-witness/0001_witness.sql"
    , 0};

const char *ledger_sqlite_witness_0001_witness(void) { return sqlite_witness_0001_witness; }
