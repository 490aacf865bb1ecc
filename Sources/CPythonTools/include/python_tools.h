#ifndef PYTHON_TOOLS_H
#define PYTHON_TOOLS_H

/* Requirement files and small Python programs, as zero-terminated text. What each is for stands at its top. */
const char *ledger_tools_txt(void);
const char *ledger_servers_txt(void);
const char *ledger_find_python_py(void);
const char *ledger_pip_settings_py(void);
const char *ledger_inspect_files_py(void);
const char *ledger_smoke_plan_py(void);
const char *ledger_htpasswd_py(void);

#endif
