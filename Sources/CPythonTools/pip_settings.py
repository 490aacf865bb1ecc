"""Says, as one line of JSON, how this machine's pip reaches its index: certificates, proxy, index, patience.

`pip config list` shows what the configuration files and PIP_* variables say. The environment wins over the files,
and a section for `install` over `global`. Nothing else is carried over: no find-links, no target folders, no flags.
"""
import ast
import json
import subprocess
import sys

WANTED = ("cert", "client-cert", "proxy", "index-url", "trusted-host", "timeout", "retries")

found = {}
listing = subprocess.run(
    [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
for line in listing.stdout.splitlines():
    key, _, value = line.partition("=")
    try:
        found[key] = str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        continue

settings = {}
for name in WANTED:
    names = (name, "default-timeout") if name == "timeout" else (name,)
    for section in ("global.", "install.", ":env:."):
        for key in (section + each for each in names):
            if key in found:
                settings[name] = " ".join(found[key].split())
print(json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
