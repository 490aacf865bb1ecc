#ifndef BUNDLE_FILES_H
#define BUNDLE_FILES_H

/* The stranger's verifier that lies in every bundle, as zero-terminated text. */
const char *ledger_bundle_verify_py(void);

#endif
