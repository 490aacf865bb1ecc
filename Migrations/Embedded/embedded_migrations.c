#include "embedded_migrations.h"

static const char sqlite_0001_log[] = {
#embed "../sqlite/0001_log.sql"
    , 0};

const char *ledger_sqlite_0001_log(void) { return sqlite_0001_log; }
