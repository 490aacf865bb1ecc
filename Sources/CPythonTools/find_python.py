"""Says which Python this is, as one line of JSON. Runs with any Python 3, so that an old one can be named."""
import json
import sys

try:
    import ensurepip
    import venv

    missing = None
except ImportError as error:
    missing = str(error)

print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "missing": missing,
    "prefix": sys.base_prefix,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "works": sys.version_info >= (3, 10),
}, sort_keys=True, separators=(",", ":")))
