"""Says, as one line of JSON, what project and version each built file claims to be, and which tool made it.

usage: inspect_files.py FOLDER. Reads METADATA, WHEEL and PKG-INFO out of the archives; unpacks nothing.
A file that cannot be read as what its name says gets "fault" instead.
"""
import email.parser
import json
import os
import sys
import tarfile
import zipfile

LIMIT = 1 << 20


def headers(data):
    return email.parser.HeaderParser().parsestr(data.decode("utf-8", "replace"))


def one(names, rule, what):
    matching = [name for name in names if rule(name)]
    if len(matching) != 1:
        raise ValueError("it has %d files %s where there must be one" % (len(matching), what))
    return matching[0]


def wheel(path):
    with zipfile.ZipFile(path) as archive:
        def read(what):
            name = one(archive.namelist(),
                       lambda name: name.count("/") == 1 and name.endswith(".dist-info/" + what), what)
            if archive.getinfo(name).file_size > LIMIT:
                raise ValueError("its %s is larger than 1 MiB" % what)
            return headers(archive.read(name))

        return read("METADATA"), str(read("WHEEL").get("Generator", ""))


def sdist(path):
    with tarfile.open(path, "r:gz") as archive:
        members = {member.name: member for member in archive.getmembers() if member.isfile()}
        stem = os.path.basename(path)[: -len(".tar.gz")]
        name = one(members, lambda name: name.count("/") == 1 and name.endswith("/PKG-INFO"), "PKG-INFO")
        if name != stem + "/PKG-INFO":
            raise ValueError("its folder is not named %s" % stem)
        if members[name].size > LIMIT:
            raise ValueError("its PKG-INFO is larger than 1 MiB")
        return headers(archive.extractfile(members[name]).read()), ""


def text(value):
    return str(value if value is not None else "").encode("utf-8", "replace").decode("utf-8")


result = []
for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    entry = {"name": text(name)}
    try:
        if os.path.islink(path) or not os.path.isfile(path):
            raise ValueError("it is not a plain file")
        kind = "wheel" if name.endswith(".whl") else "sdist" if name.endswith(".tar.gz") else None
        if kind is None:
            raise ValueError("it is neither a wheel (.whl) nor an sdist (.tar.gz)")
        metadata, generator = wheel(path) if kind == "wheel" else sdist(path)
        entry.update(kind=kind, project=text(metadata.get("Name")), version=text(metadata.get("Version")),
                     generator=text(generator))
    except Exception as error:
        entry["fault"] = text(error) or type(error).__name__
    result.append(entry)
print(json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
