#include "python_tools.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char tools_txt[] = {
#embed "tools.txt"
    , 0};
static const char servers_txt[] = {
#embed "servers.txt"
    , 0};
static const char find_python_py[] = {
#embed "find_python.py"
    , 0};
static const char pip_settings_py[] = {
#embed "pip_settings.py"
    , 0};
static const char inspect_files_py[] = {
#embed "inspect_files.py"
    , 0};
static const char smoke_plan_py[] = {
#embed "smoke_plan.py"
    , 0};
static const char htpasswd_py[] = {
#embed "htpasswd.py"
    , 0};

const char *ledger_tools_txt(void) { return tools_txt; }
const char *ledger_servers_txt(void) { return servers_txt; }
const char *ledger_find_python_py(void) { return find_python_py; }
const char *ledger_pip_settings_py(void) { return pip_settings_py; }
const char *ledger_inspect_files_py(void) { return inspect_files_py; }
const char *ledger_smoke_plan_py(void) { return smoke_plan_py; }
const char *ledger_htpasswd_py(void) { return htpasswd_py; }
