#include "bundle_files.h"

static const char verify_py[] = {
#embed "verify.py"
    , 0};

const char *ledger_bundle_verify_py(void) { return verify_py; }
