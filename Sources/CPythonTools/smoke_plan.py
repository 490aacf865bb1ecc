"""Says, as one line of JSON, what a default smoke test of an installed project tries: modules and console scripts.

usage: smoke_plan.py PROJECT, with the Python of the environment that it is installed in.
"""
import importlib.metadata
import json
import sys

distribution = importlib.metadata.distribution(sys.argv[1])
modules, scripts = set(), set()
for path in distribution.files or ():
    parts = path.parts
    if ".." in parts or parts[0].endswith((".dist-info", ".data", ".egg-info")):
        continue
    if len(parts) > 1:
        if parts[1] == "__init__.py":
            modules.add(parts[0])
    elif parts[0].endswith(".py"):
        modules.add(parts[0][: -len(".py")])
    elif parts[0].endswith((".so", ".pyd")):
        modules.add(parts[0].split(".")[0])
for entry in distribution.entry_points:
    if entry.group == "console_scripts":
        scripts.add(entry.name)
print(json.dumps({
    "modules": sorted(name for name in modules if name.isidentifier()),
    "scripts": sorted(scripts),
}, sort_keys=True, separators=(",", ":")))
