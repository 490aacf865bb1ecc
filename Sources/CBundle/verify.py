#!/usr/bin/env python3
"""The stranger's verifier: decides every gate of a ledger bundle again, from FORMAT.md (version 1) alone.

    python3 verify.py [DIR] [--log-key FILE] [--against CHECKPOINT]... [--json]

It shares no code with `ledger`; it needs Python 3.9 and `ssh-keygen`. What cannot be read is never satisfied,
and no input, however malformed, ends without a verdict. Checks are written `(ok, "code: sentence"[, verdict])`.
Exit codes: 0 proven, 1 indeterminate, 2 usage, 3 refused, 4 pending, 5 log broken, 6 no release, 7 bypassed.
"""
import argparse, base64, datetime, fnmatch, functools, hashlib, json, pathlib, re, subprocess, sys, tempfile
from types import SimpleNamespace

NAMESPACE, NAME, OPEN, BROKEN = "release-approval@ledger", r"[a-z0-9]+(-[a-z0-9]+)*", "indeterminate", "broken"
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError, OSError)
RANK = [None, "not applicable", "satisfied", "pending", "bypassed", OPEN, "refused"]    # the worst counts (§7)
EXITS = {BROKEN: 5, "refused": 3, "bypassed": 7, OPEN: 1, "pending": 4}
APPROVAL = "approver attempt comment decision evidence expires gate meaning nonce policy release seen target"
# §5: stream, who signs, types; and for what is signed the members that `what` holds at least.
TYPES = {kind: (stream, signer, members) for row in re.split(r"[|\n]", """\
ledger - ledger.opened origin key format | ledger admin ledger.rekeyed origin key from:text reason
ledger admin ledger.restored from:text lost reason | ledger admin evidence.erased digests reason authority
roster admin person.enrolled,person.removed person kind accounts profile
roster admin role.granted,role.revoked person role from until | pipeline admin pipeline.defined digest definition
roster admin key.enrolled,key.revoked person key fingerprint from until reason
release tagger tag.pushed project version tag commit tagger repository pipeline
release approver gate.approved,gate.rejected gate attempt approver statement signature fingerprint heads
release either approval.withdrawn gate attempt approval by reason
release admin gate.bypassed gate attempt by reason until:time
release tester install.tested target index:text requirement files report commands verdict tester
release - stage.started,stage.succeeded,stage.failed,stage.unknown,stage.retried,gate.opened,gate.expired
release - artifact.built,artifact.published,publish.conflicted,release.completed,release.failed
release - release.superseded,release.yanked""") for stream, signer, kinds, *members in [row.split()]
    for kind in kinds.split(",")}
KEYS = "ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 sk-ecdsa-sha2-nistp256@openssh.com ssh-rsa " \
       "sk-ssh-ed25519@openssh.com ssh-ed25519".split()
FORMS = {member: test for members, test in {    # the form of each member that has one (§1, §2, §5)
    "actor": r"[a-z]+:[A-Za-z0-9._@/+-]{1,128}", "type": r"[a-z-]+\.[a-z-]+", "member": r"[!-~]{1,128}",
    "id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "sha256 prev leaf": r"[0-9a-f]{64}", "text": r"(?s).*",
    "stream": rf"(?=.{{1,255}}\Z)(ledger|roster|pipeline/{NAME}|release/{NAME}/[A-Za-z0-9][A-Za-z0-9._+-]*)",
    "origin": r"(?=.{1,128}\Z)[a-z0-9.-]+(/[A-Za-z0-9._-]+)*", "digest policy pipeline": r"sha256:[0-9a-f]{64}",
    "name": r"[A-Za-z0-9_][A-Za-z0-9._+!-]{0,127}", "person approver tester": r"[a-z0-9][a-z0-9._-]{0,63}",
    "nonce": r"[0-9a-f]{32}", "kind": r"human|bot|agent", "verdict": r"passed|failed",
    "expires": r"[1-9][0-9]{0,8}[mhd]", "rfc3339": r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{6}Z",
    "time": lambda v: form("rfc3339", v) and attempt(None, moment, v) is not None,
    "from until": lambda v: v is None or form("time", v), "cause": lambda v: v is None or form("index", v),
    "index size approval": lambda v: type(v) is int and v >= 0, "what": lambda v: isinstance(v, dict),
    "revision v attempt approvals": lambda v: type(v) is int and v >= 1, "definition": lambda v: form("what", v),
    "texts accounts needs": lambda v: isinstance(v, list) and all(form("text", text) for text in v),
    "digests": lambda v: isinstance(v, list) and all(form("digest", digest) for digest in v),
    "roles": lambda v: form("texts", v) and v, "separate": lambda v: form("texts", v) and {*v} <= {"tagger", "tester"},
    "requires": lambda v: isinstance(v, list) and all(exactly(test, "install-test") for test in v),
    "files": lambda v: isinstance(v, list) and all(exactly(f, "name sha256 size") and all(
        form(m, f[m]) for m in f) for f in v) and [f["name"] for f in v] == sorted({f["name"] for f in v}),
    "evidence": lambda v: exactly(v, "digest media name size" + " salted" * ("salted" in v)) and form(
        "text", v["media"]) and all(form(m, v[m]) for m in ("digest", "name", "size")) and v.get("salted", True) is True,
    "statement signature report": lambda v: form("evidence", v) and "salted" not in v,
    "profile": lambda v: v is None or form("evidence", v) and "salted" in v}.items() for member in members.split()}

class Fault(Exception):
    """A reason: the verdict it leads to (None: it only explains), a record's index, and `code: sentence`."""
    weighs = False                  # on every gate that reads the stream of the record
    def __init__(self, verdict, index, message):
        self.verdict, self.index, (self.code, _, self.text) = verdict, index, message[:300].partition(": ")
def failed(index, *checks):         # the Faults of the checks that fail; the usual verdict is `refused`
    return [Fault((*verdict, "refused")[0], index, message) for ok, message, *verdict in checks if not ok]
def need(index, *checks):           # raises the first of them
    for fault in failed(index, *checks): raise fault
def must(value):                    # ValueError: the input cannot be read
    if not value: raise ValueError("malformed")
def attempt(default, function, *arguments):     # what a function returns; the default for unreadable input
    try: return function(*arguments)
    except UNREADABLE: return default

# Forms, canonical JSON, files (§1, §2)
def sha256(data): return hashlib.sha256(data).digest()
def encode64(data): return base64.b64encode(data).decode()
def moment(time): return datetime.datetime.fromisoformat(time[:-1])
def exactly(value, members): return isinstance(value, dict) and set(value) == set(members.split())
def form(kind, value):              # whether a value has the form of a member; others may hold anything
    test = FORMS.get(kind, lambda _: True)
    return test(value) if callable(test) else isinstance(value, str) and re.fullmatch(test, value, re.ASCII)
def walk(value, level=1):           # every object and array inside a value, with its level
    if isinstance(value, (dict, list)): yield level, value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(child, level + 1)
def jcs(value):                     # RFC 8785 for the subset of §1: integers, and member names in ASCII
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")
def integer(digits):                # ValueError for any other number
    must(len(digits) <= 17 and abs(int(digits)) < 2**53)
    return int(digits)
def parse(data):                    # canonical JSON of the subset of §1; no member can be given twice in it
    value = json.loads(data.decode("utf-8"), parse_int=integer, parse_float=integer, parse_constant=integer)
    must(jcs(value) == data and all(level <= 32 and (isinstance(v, list) or all(form("member", m) for m in v))
                                    for level, v in walk(value)))
    return value
def strict64(text, size=None):      # decodes base64 in its one spelling
    raw = base64.b64decode(text, validate=True)
    must(encode64(raw) == text and size in (None, len(raw)))
    return raw
def read_file(path):                # a regular file, never through a symbolic link
    must(path.is_file() and not path.is_symlink())
    return path.read_bytes()

# Tree and proofs (§1, §3; RFC 6962, section 2.1)
def node(left, right): return sha256(b"\1" + left + right)
def tree_hash(leaves, low, high, memo):         # the root over leaves[low:high]; `memo` keeps inner nodes
    if high - low < 2: return leaves[low] if high > low else sha256(b"")
    cut = low + (1 << (high - low - 1).bit_length() - 1)
    if (low, high) not in memo:
        memo[low, high] = node(tree_hash(leaves, low, cut, memo), tree_hash(leaves, cut, high, memo))
    return memo[low, high]
def climb(fn, sn, low, high, path):             # up a proof, from node fn of a level whose last node is sn
    for p in path:
        if sn <= 0: return None, None
        low, high = (node(p, low), node(p, high)) if fn & 1 or fn == sn else (low, node(high, p))
        while fn == sn and fn and not fn & 1: fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
    return (low, high) if sn == 0 else (None, None)
def consistent(old, old_root, size, root, path):    # whether one tree is the beginning of the other
    fn, sn, path = old - 1, size - 1, ([] if old & (old - 1) else [old_root]) + path
    while fn & 1: fn, sn = fn >> 1, sn >> 1
    return 0 < old < size and path != [] and climb(fn, sn, path[0], path[0], path[1:]) == (old_root, root)

# Signed notes (§3), Ed25519 (RFC 8032, section 5.1), SSH signatures (§4; OpenSSH's PROTOCOL.sshsig)
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, BASE = -121665 * pow(121666, -1, P) % P, (4 * pow(5, -1, P) % P).to_bytes(32, "little")
def number(data): return int.from_bytes(data, "little")
def point(data):                    # decodes a point of the curve
    y, sign = number(data) % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    x = [x for x in (root, root * pow(2, (P - 1) // 4, P) % P) if (x * x - square) % P == 0][0]
    must(y < P and (x or not sign))
    return (x if x & 1 == sign else P - x), y
def add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1]
    return (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P
def times(n, a):
    twice = times(n >> 1, add(a, a)) if n else (0, 1)
    return add(twice, a) if n & 1 else twice
def ed25519(public, message, signature):        # whether an Ed25519 signature is good
    half, s = signature[:32], number(signature[32:])
    challenge = number(hashlib.sha512(half + public + message).digest()) % ORDER
    return len(signature) == 64 and s < ORDER and times(s, point(BASE)) == add(
        point(half), times(challenge, point(public)))
def read_note(data):                # a checkpoint in a signed note: three lines, an empty one, signatures
    text, _, tail = data.decode("utf-8").rpartition("\n\n")
    (origin, size, root), lines = text.split("\n"), tail[:-1].split("\n")
    lines = [re.fullmatch("\u2014 ([^\\s+\0-\x1f]+) ([A-Za-z0-9+/=]{8,})", line).groups() for line in lines]
    must(str(int(size)) == size and len(size) <= 16 and tail[-1:] == "\n" and len(lines) <= 100)
    return SimpleNamespace(text=text.encode() + b"\n", origin=origin, size=int(size), root=strict64(root, 32),
                           signatures={(name, strict64(raw)) for name, raw in lines})
def signed(note, key):              # whether `name+hash+base64` signed, and never badly; others are ignored
    name, key_id, raw = key.split("+", 2)
    raw, mark = strict64(raw, 33), sha256(name.encode() + b"\n" + strict64(raw))[:4]
    known = [signature[4:] for signer, signature in note.signatures if (signer, signature[:4]) == (name, mark)]
    return (raw[0], key_id, name) == (1, mark.hex(), note.origin) and known != [] and all(
        attempt(False, ed25519, raw[1:], note.text, signature) for signature in known)
def fingerprint(blob): return "SHA256:" + encode64(sha256(blob)).rstrip("=")
def strings(data, count):           # takes SSH strings off some bytes; returns them and the rest
    if count == 0: return [], data
    end = 4 + int.from_bytes(data[:4], "big")
    must(len(data) >= max(4, end))
    found, rest = strings(data[end:], count - 1)
    return [data[4:end]] + found, rest
def read_sshsig(armored):           # the signing key, where the signature is of a permitted kind
    begin, *lines, end = armored.decode("ascii").splitlines()
    blob = strict64("".join(lines))
    (key, namespace, _, hashing, signature), rest = strings(blob[10:], 5)
    ((kind,), numbers), ((algorithm, _), tail) = strings(key, 1), strings(signature, 2)
    must((begin, end) == ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"))
    must((blob[:10], namespace, rest) == (b"SSHSIG\0\0\0\1", NAMESPACE.encode(), b""))
    must(kind.decode() in KEYS and hashing in (b"sha256", b"sha512"))           # no certificates
    must(algorithm in ((b"rsa-sha2-256", b"rsa-sha2-512") if kind == b"ssh-rsa" else (kind,)))
    must(kind != b"ssh-rsa" or int.from_bytes(strings(numbers, 2)[0][1], "big").bit_length() >= 3072)
    must(len(tail) == 5 and tail[0] & 1 if kind[:3] == b"sk-" else not tail)    # ssh-keygen ignores user presence
    return key
@functools.lru_cache(None)
def ssh_keygen(key, statement, armored):        # what it exits with where just this key is allowed, at any time
    with tempfile.TemporaryDirectory() as folder:
        allowed, signature = pathlib.Path(folder, "allowed"), pathlib.Path(folder, "signature")
        kind = strings(key, 1)[0][0].decode()
        allowed.write_text(f'signer namespaces="{NAMESPACE}" {kind} {encode64(key)}\n')
        signature.write_bytes(armored)
        command = [*"ssh-keygen -Y verify -I signer -n".split(), NAMESPACE, "-f", allowed, "-s", signature]
        return subprocess.run(command, input=statement, capture_output=True).returncode

class Record(SimpleNamespace):
    """One record (§1), and in brackets the members of its `what`. `effect` (§5) is None where that is open."""
    def __getitem__(self, member): return self.what.get(member)

class Log:
    """A bundle as a log: its records, proofs and evidence (§1 to §3, §6), its people and signed acts (§4, §5)."""
    def __init__(self, folder):
        self.folder, self.records, self.streams, self.at, self.ids, self.findings = folder, [], {}, {}, {}, []
        self.spans, self.reaches, self.acts, self.identities, self.erased, self.first = [], [], [], [], {}, {}
        self.origin = self.size = self.root = self.release = self.bootstrap = None
    def read(self, name):               # a file of the bundle; without it the log is broken
        data = attempt(None, read_file, self.folder / name)
        need(None, (data is not None, f"bundle.missing: {name} cannot be read", BROKEN))
        return data
    def load(self):                     # rule 1 but for the key: files, records, chain, and the root or the proofs
        self.note, manifest, (*lines, rest) = attempt(None, read_note, self.read("checkpoint")), attempt(
            {}, json.loads, self.read("MANIFEST.json")), self.read("records.jsonl").split(b"\n")
        need(None, (self.note, "checkpoint.form: the checkpoint is not a signed note of three lines", BROKEN))
        self.origin, self.size, self.root = self.note.origin, self.note.size, self.note.root
        said = {"origin": self.origin, "size": self.size, "root": encode64(self.root), "records": len(lines)}
        need(None, (exactly(manifest, "format origin size root records release evidence erased") and all(
            jcs(manifest[m]) == jcs(v) for m, v in {**said, "format": "ledger-bundle/v1"}.items()),
            "bundle.manifest: it is not that of this bundle", BROKEN), (lines and not rest, "log.record: no lines", BROKEN))
        self.release, leaves, memo = manifest["release"], [], {}
        for place, line in enumerate(lines): leaves.append(self.link(line, place, self.records[-1:]))
        self.tree = lambda size: tree_hash(leaves, 0, size, memo)
        whole = self.release is None and (self.size, self.root) == (len(leaves), self.tree(len(leaves)))
        need(None, (whole or self.release is not None, "log.root: not the checkpoint's size and root", BROKEN))
        for r in [] if whole else self.records:
            proof = self.read(f"proofs/{r.index}.tlog-proof")
            need(r.index, (attempt(False, self.proves, r, proof), "proof.inclusion: it is wrong", BROKEN))
    def link(self, line, place, last):  # a record that follows those before it, or belongs in the --release bundle
        data, part = attempt(None, parse, line), self.release is not None
        need(place, (exactly(data, "actor cause id index prev revision stream time type v what") and len(line) <= 65535
                     and all(form(m, data[m]) for m in data), "log.record: it is not a canonical record", BROKEN))
        r = self.at[data["index"]] = Record(**data, leaf=sha256(b"\0" + line), effect=True)
        before = [s.leaf for s in last if s.index == r.index - 1] or [sha256(str(r["origin"]).encode())] * (r.index == 0)
        need(r.index, *((ok, f"log.{rule}: it does not follow from the records before", BROKEN) for rule, ok in {
            "index": r.index > last[0].index if part and last else r.index == place,
            "prev": before in ([], [bytes.fromhex(r.prev)]), "cause": r.cause is None or r.cause < r.index,
            "time": not last or last[0].time <= r.time, "id": self.ids.setdefault(r.id, r.index) == r.index,
            "revision": r.revision == len(self.streams.setdefault(r.stream, [])) + 1,
            "stream": not part or r.stream[:8] != "release/" or r.stream[8:] == self.release}.items()))
        self.records.append(r), self.streams[r.stream].append(r)
        return r.leaf
    def proves(self, r, proof):         # whether a tlog-proof is the record's, under this checkpoint (§3)
        head, _, note = proof.partition(b"\n\n")
        first, second, *path = head.decode("utf-8").split("\n")
        root = climb(r.index, self.size - 1, r.leaf, r.leaf, [strict64(line, 32) for line in path])[1]
        return r.index < self.size and (first, second, note, root) == (
            "c2sp.org/tlog-proof@v1", f"index {r.index}", self.read("checkpoint"), self.root)
    def has_root(self, size, text):     # None where a --release bundle cannot prove it (§6)
        root = attempt(None, strict64, text, 32)
        if size == self.size: return root == self.root
        if size == 0 or self.release is None: return root == self.tree(size)
        first, *lines = attempt(b"", read_file, self.folder / f"proofs/seen-{size}").decode("latin-1").split("\n")
        path = [attempt(None, strict64, line, 32) for line in lines[:-1]]
        return (first, lines[-1:]) == (f"old {size}", [""]) and None not in (root, *path) and consistent(
            size, root, self.size, self.root, path) or None
    def content(self, e, index):        # the bytes of an evidence reference (§2)
        need(index, (form("evidence", e), "evidence.form: a malformed evidence reference", OPEN))
        path, salted = self.folder / "evidence/sha256" / e["digest"][7:], "salted" in e
        data, salt = attempt(None, read_file, path), attempt(None, read_file, path.with_suffix(".salt")) if salted else b""
        need(index, (None not in (data, salt), f"evidence.missing: {e['digest']}", OPEN))
        found = [len(data), len(salt), "sha256:" + sha256(salt + data).hex()]
        need(index, (found == [e["size"], 16 * salted, e["digest"]], f"evidence.digest: not {e['digest']}", OPEN))
        return data
    def check_evidence(self):           # rule 2: every reference resolves, or was duly erased: salted, and later
        for r, e in ((r, e) for r in self.records for _, e in walk(r.what) if isinstance(e, dict)):
            try: {"digest", "media", "name", "size"} <= set(e) and self.content(e, r.index)
            except Fault as fault:
                later = [i for i in self.erased.get(str(e["digest"]), []) if i > r.index and e.get("salted")]
                self.findings.append(Fault(None, later[0], f"evidence.erased: {e['digest']}") if later else fault)
    def held(self, thing, r):           # whether a person is enrolled, or holds a role or a key, at a record (§5)
        return any(s["thing"] == thing and s["since"] < r.index <= s["gone"] and (s["from"] or "") <= r.time < (
            s["until"] or "~") for s in (self.seeds if r in self.boot else self.spans))
    def doubted(self, thing, r):        # whether a later revocation of a key or role reaches back behind a record
        return any(revoked == thing and index > r.index and start <= r.time for revoked, index, start in self.reaches)
    def statement(self, r, kind, members):      # its predicate, subject, and the fingerprint of its key (§4, §5)
        need(r.index, (self.first[r["statement"]["digest"]] == r.index, "statement.reused: it counted before"))
        data, signature = self.content(r["statement"], r.index), self.content(r["signature"], r.index)
        value, key = attempt(None, parse, data), attempt(None, read_sshsig, signature)
        need(r.index, (exactly(value, "_type predicate predicateType subject") and exactly(value["predicate"], members)
                       and exactly(value["predicate"]["seen"], "origin root size") and value["predicateType"] == kind
                       and value["_type"] == "https://in-toto.io/Statement/v1", "statement.form: not exact or canonical"),
             (key, "signature.kind: not an SSH signature of a permitted kind and namespace"))
        result = attempt(None, ssh_keygen, key, data, signature)
        need(r.index, (result in (0, 255), "signature.tool: ssh-keygen could not be run", OPEN),
             (result == 0, "signature.bad: the signature is not good"))
        return value["predicate"], value["subject"], fingerprint(key)
    def seen(self, seen, above, r):     # what is wrong with the tree head in a statement: it lies between two records
        size = seen["size"]
        inside = form("size", size) and above < size <= r.index and seen["origin"] == self.identity(size)[1]
        known = inside and self.has_root(size, seen["root"])
        return failed(r.index, (inside, "statement.seen: `seen` is not a tree head of this log before the record"),
                      (known is not False, "statement.root: `seen.root` is not the log's root at that size"),
                      (known is not None, "proof.seen: the proof of `seen` is lost or wrong", OPEN))
    def check_act(self, r, signer):     # a signed act: statement, key, and the role of the last column (§5)
        said, subject, key = self.statement(r, "urn:ledger:act:v1", "by seen stream type")
        body, who = {m: v for m, v in r.what.items() if m not in ("statement", "signature")}, said["by"][7:]
        voted, named = self.at.get(r["approval"], r), {"by", "tester", "tagger", "approver"} & set(r.what)
        own = voted.stream == r.stream and voted["approver"] == who
        role = {"tagger": None, "either": None if own else "admin"}.get(signer, signer)
        things = [("key", who, key)] + [("role", who, role)] * bool(role)
        self.acts.append((r, things))
        need(r.index, (subject == [{"digest": {"sha256": sha256(jcs(body)).hex()}, "name": "what"}],
                       "act.subject: it is about another `what`"),
             ([said["stream"], said["type"]] == [r.stream, r.type], "act.scope: it is about another stream or type"),
             ({said["by"]} == {f"person:{n}" for n in [who, *map(r.__getitem__, named)]}, "act.by: another person"),
             (self.held(things[0], r), "act.key: the signing key is not good here, or not that person's"),
             (self.held(things[-1], r), f"act.role: {who} is not {role} here"))
        for fault in self.seen(said["seen"], -1, r): raise fault
    def replay(self):                   # gives each record its effect; the first admin's acts come first (rule 1)
        first, boot = self.records[0], self.streams.get("roster", [])[:3]
        self.seeds = attempt([], self.seed, *boot)
        self.boot = boot if self.seeds else []
        for r in self.records:
            if isinstance(r["statement"], dict): self.first.setdefault(str(r["statement"].get("digest")), r.index)
            try: need(r.index, (attempt(False, self.take, r), "record.unreadable: a part of it cannot be read"))
            except Fault as fault: self.leave_out(r, fault)
        for r in [r for r, things in self.acts if r.effect and any(self.doubted(thing, r) for thing in things)]:
            self.leave_out(r, Fault(OPEN, r.index, "act.doubted: a later revocation reaches behind it"))
        need(0, (first.effect and (first.index, first.type, first["format"]) == (0, "ledger.opened", 1),
                 "log.opened: record 0 is not `ledger.opened` of format 1", BROKEN))
        if self.boot and all(r.effect is not False for r in boot): self.bootstrap = boot[1]["fingerprint"]
        else: self.leave_out(Record(stream="roster"), Fault("refused", 0, "roster.bootstrap: there is no first admin"))
    def seed(self, person, key, role):  # what the first three roster records are judged by: one person's key and role
        name, window = person["person"], {"since": -1, "gone": 2**60, "from": key["from"], "until": key["until"]}
        must([person.type, key.type, role.type, key["person"], role["person"], role["role"]] == [
            "person.enrolled", "key.enrolled", "role.granted", name, name, "admin"])
        return [{"thing": thing, **window} for thing in (
            ("person", name, None), ("key", name, key["fingerprint"]), ("role", name, "admin"))]
    def leave_out(self, r, fault):      # takes the effect from a record, or leaves it open
        unknown, shared = fault.code == "type.unknown", not r.stream.startswith("release/")
        r.effect = None if fault.verdict == OPEN and not unknown else False
        fault.weighs = unknown or fault.code == "roster.bootstrap" or shared and r.effect is None
        fault.verdict = fault.verdict if fault.weighs else None
        self.findings.append(fault)
    def take(self, r):                  # lets a record take effect: known, in its stream, with its members, and signed
        (stream, signer, members), signs = TYPES.get(r.type, ("", "-", [])), ["statement", "signature"]
        if signer in ("-", "approver") or signer == "tagger" and not set(signs) & set(r.what): signs = []
        need(r.index, (r.v == 1 if stream else r["critical"] is not True,
                       f"type.unknown: {r.type}, version {r.v}, is unknown and may change a verdict", OPEN),
             (not stream or r.stream.split("/")[0] == stream and (r.type != "ledger.opened" or r.index == 0),
              f"type.stream: {r.type} has no effect here"),
             *((m in r.what and form(kind or m, r[m]), f"record.members: {r.type} lacks a good `{m}`")
               for m, _, kind in (member.partition(":") for member in members + signs)))
        try: signs and self.check_act(r, signer)
        except Fault as fault:
            if fault.verdict == OPEN and r.type not in ("person.removed", "role.revoked", "key.revoked"): self.apply(r)
            raise
        self.apply(r)
        return True
    def apply(self, r):                 # changes the roster, the log's identity, or what is erased
        if r.stream == "roster" and r.type in TYPES: self.enroll(r, *r.type.split("."))
        for digest in r["digests"] if r.type == "evidence.erased" else []: self.erased.setdefault(digest, []).append(r.index)
        lost = r["lost"] if r.type == "ledger.restored" else None
        if lost is not None or r.type in ("ledger.opened", "ledger.rekeyed"):
            need(r.index, (form("origin", r["origin"]) and r["key"].split("+")[0] == r["origin"], "ledger.key: misnamed"),
                 (lost in (None, [r.index, int((r["from"] or "\n0").split("\n")[1]) - 1]), "ledger.lost: not as in `from`"))
            self.identities.append((r.index, r["origin"], r["key"]))
        need(r.index, (r.type != "pipeline.defined" or f"pipeline/{r['definition'].get('pipeline')}" == r.stream,
                       "pipeline.name: the definition names another pipeline"))
    def enroll(self, r, noun, verb):    # who is enrolled, and holds which key and role, each for a span of the log
        name, new, what = r["person"], verb in ("enrolled", "granted"), r[{"key": "fingerprint", "role": "role"}.get(noun)]
        thing, person, known = (noun, name, what), ("person", name, None), {span["thing"] for span in self.spans}
        need(r.index, (person not in known if r.type == "person.enrolled" else person in known if verb == "revoked" else
                       self.held(person, r), "roster.person: enrolled already, or not at all"))
        if noun == "key":
            kind, raw = r["key"].split(" ")
            need(r.index, (strings(strict64(raw), 1)[0] == [kind.encode()] and fingerprint(strict64(raw)) == what,
                           "key.fingerprint: it is not that of the key"),
                 ([n for k, n, w in known if (k, w) == ("key", what)] == [name] * (not new), "roster.key: not for this person"))
        if new: self.spans.append({"from": None, "until": None, **r.what, "thing": thing, "since": r.index, "gone": 2**60})
        for span in [] if new else self.spans:
            if thing == span["thing"] or noun == "person" and span["thing"][1] == name: span["gone"] = min(span["gone"], r.index)
        if verb == "revoked" and r["from"]: self.reaches.append((thing, r.index, r["from"]))
    def identity(self, size):           # the last (index, origin, key) below a size
        return [found for found in self.identities if found[0] < max(size, 1)][-1]
    def check_signature(self, log_key, others):     # rule 1: origin, key, signature, and checkpoints from outside
        (_, origin, key), given = self.identity(self.size), [self.read("log.vkey")] + [log_key] * (log_key is not None)
        need(None, (self.origin == origin, "checkpoint.origin: the checkpoint is of another origin", BROKEN),
             (all(line.strip() == key.encode() for line in given), "checkpoint.key: not the key of this log", BROKEN),
             (attempt(False, signed, self.note, key), "checkpoint.signature: it is not good", BROKEN))
        for note in (attempt(None, read_note, data) for data in others):
            need(None, (note and note.size <= self.size and attempt(False, signed, note, self.identity(note.size)[2]),
                        "against.form: not a signed checkpoint of this log, or of a longer one", BROKEN))
            known = self.has_root(note.size, encode64(note.root))
            need(None, (known is not False, "against.root: the log is not what it was at that checkpoint", BROKEN))
            self.findings += failed(None, (known, "against.proof: no proof for that checkpoint", OPEN))

# Releases and gates (§7, rules 3 to 6)
def subject_of(files): return [{"digest": {"sha256": file["sha256"]}, "name": file["name"]} for file in files or []]
def digest_of(r): return "sha256:" + sha256(jcs(r["definition"])).hex()
def lifetime(text): return datetime.timedelta(minutes=int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]])
def matches(definition, tag):       # `*` matches any run of characters, nothing else is special (§5)
    must(form("texts", definition["on"]["tags"]))
    return any(fnmatch.fnmatchcase(tag, re.sub(r"([?[])", r"[\1]", glob)) for glob in definition["on"]["tags"])
def version_key(version):           # the same for equal versions: PEP 440's normal form without trailing zeros (§1)
    short = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc", "rev": "post", "r": "post", "": "post"}
    text, _, local = version.strip().lower().lstrip("v").partition("+")
    text = re.sub(r"[-_.]?(alpha|a|beta|b|preview|pre|rc|c|post|rev|r|dev|(?<=-))[-_.]?([0-9]+|$|(?=[-_.]))",
                  lambda m: f".{short.get(m[1], m[1])}{int(m[2] or 0)}", text)
    text = re.sub(r"(\.0+)+(?=$|\.[a-z])", "", re.sub(r"^0+!|(?<![0-9a-z])0+(?=[0-9])", "", text))
    return text, [int(part) if part.isdecimal() else part for part in re.split("[._-]", local)]

class Release:
    """Judges one release stream. `reasons` are those of each stage; `loose` those of the release."""
    def __init__(self, log, stream):
        self.log, self.stream, self.records, self.reasons, self.gates = log, stream, log.streams[stream], {}, {}
        own = [f for f in log.findings if f.verdict and log.at[f.index or 0].stream == stream]
        self.shared = [f for f in log.findings if f.weighs and (f in own or log.at[f.index].stream[:8] != "release/")]
        self.loose = own + self.shared
        try: need(None, (attempt(False, self.judge), "release.unreadable: a part of the release cannot be read", OPEN))
        except Fault as fault: self.loose.append(fault)
    def of(self, kind, before=2**60, **what):   # the records of a type that have effect, before an index
        return [r for r in self.records if r.type == kind and r.effect is not False and r.index < before and all(
            type(r[m]) is type(v) and r[m] == v for m, v in what.items())]
    def check(self, stage, index, *checks):     # gives the Faults of checks to a stage, or to the release
        self.reasons.get(stage, self.loose).extend(failed(index, *checks))
    def judge(self):
        self.find_definition()
        stages, tag, built = self.definition["stages"], self.tag, self.of("artifact.built")
        self.gates, self.reasons = {n: s.get("gate") for n, s in stages.items()}, {n: [] for n in stages}
        self.built, self.start = (built[0]["files"], built[0].index) if built else ([], 2**60)
        self.taggers = {tag["tagger"], tag.actor[7:] if tag.actor.startswith("person:") else tag["tagger"]}
        for name, stage in stages.items():
            if "gate" in stage: self.judge_gate(name, stage)
        for r in self.records: self.judge_record(r, stages.get(r["stage"] if isinstance(r["stage"], str) else None))
        self.attempts()
        return True
    def find_definition(self):          # `tag.pushed` (rule 6), one stream a version (§1), D in force (rule 3, §5)
        tags, log = [r for r in self.records if r.type == "tag.pushed"], self.log
        need(None, (tags, "tag.missing: no tag was pushed"))
        tag = self.tag = tags[0]
        before = [r for r in log.records if r.index < tag.index]
        earlier = [r for r in before if r.type == "tag.pushed" and r.stream.split("/")[1] == self.stream.split("/")[1]
                   and attempt(None, version_key, r["version"]) == version_key(tag["version"])]
        defined = [r for r in before if r.type == "pipeline.defined"]
        latest = {r.stream: r for r in defined if r.effect is not False}.values()
        fit = [r for r in latest if attempt(True, matches, r["definition"], tag["tag"])]
        chosen = ([r for r in fit or defined if attempt(None, digest_of, r) == tag["pipeline"]] or fit + [None])[0]
        self.check(None, tag.index, (len(tags) == 1 == tag.revision, "tag.moved: not the first record, or not the only one"),
                   (f"release/{tag['project']}/{tag['tag']}" == self.stream, "tag.stream: it is about another release"),
                   (tag.effect is not False, "tag.void: it has no effect"),
                   (tag.effect is not None, "tag.open: its statement cannot be judged", OPEN),
                   (not earlier, "version.taken: another release has this version"),
                   (fit, "pipeline.none: no pipeline in force matches the tag"),
                   (len(fit) < 2, "pipeline.several: more than one pipeline matches the tag", OPEN))
        self.definition, self.policy, self.pipeline = chosen["definition"], digest_of(chosen), chosen.stream
        self.check(None, chosen.index, (self.policy == chosen["digest"], "pipeline.digest: not that of the definition"),
                   (self.policy == tag["pipeline"], "tag.policy: `tag.pushed` names another definition"))
    def judge_gate(self, name, stage):  # never started is pending, a gate that is not understood indeterminate (rule 3)
        gate, starts, must_have = self.definition["gates"].get(stage["gate"]), self.of("stage.started", stage=name), {
            "approvals", "roles", "separate"}
        known = isinstance(gate, dict) and must_have <= set(gate) <= must_have | {"expires", "requires"} and all(
            form(m, gate[m]) for m in gate)
        self.reasons[name] += self.shared
        self.check(name, None, (known, "gate.unknown: the gate has members or values not known here", OPEN),
                   (starts, "gate.pending: the stage was never started", "pending"))
        for start in starts if known else []: self.judge_start(name, stage, gate, start)
    def judge_start(self, name, stage, gate, start):    # the votes before a start, the mandate at it, a bypass
        same, needed, unread = {"gate": stage["gate"], "attempt": start["attempt"]}, gate["approvals"], False
        opened = next((r for r in self.of("gate.opened", stage=name, **same)[:1] if r.index < start.index), None)
        (tests, faults), signed_tag = self.mandate(gate, start), "statement" in self.tag.what
        faults += failed(start.index, (opened, "gate.unopened: the gate was not opened before the start", None), (
            signed_tag or "tagger" not in gate["separate"], "tagger.asserted: the tagger is only asserted", None))
        if opened:
            nonces = [r for r in self.log.records if r.type == "gate.opened" and r["nonce"] == opened["nonce"]]
            faults += failed(opened.index, (opened["policy"] == self.policy, "gate.policy: opened under another one"),
                             (form("nonce", opened["nonce"]) and nonces[0] is opened, "gate.nonce: not a new one"),
                             (self.heads(opened), "gate.heads: `heads` differ from the log's", OPEN))
        sure, maybe = {"gate.approved": set(), "gate.rejected": set()}, {"gate.approved": set(), "gate.rejected": set()}
        for vote in [r for kind in sure for r in self.of(kind, start.index, **same) if opened]:
            unreadable = failed(vote.index, (False, "statement.form: the statement cannot be read"))
            try: found = attempt(unreadable, self.vote, vote, opened, start, stage, gate, tests)
            except Fault as fault: found = [fault]
            if not found: sure[vote.type].add(vote["approver"])
            if all(fault.verdict == OPEN for fault in found): maybe[vote.type].add(vote["approver"])
            unread = unread or any(fault.code.startswith("evidence.") for fault in found)
            counted = Fault(None, vote.index, f"{vote.type}: {vote['approver']}, with the key {vote['fingerprint']}")
            for fault in found or [counted]: fault.verdict = None
            faults += found or [counted]
        yes, many = len(sure["gate.approved"]), len(maybe["gate.approved"])
        verdict = "refused" if sure["gate.rejected"] or many < needed else "satisfied"
        if verdict == "satisfied" and (yes < needed or maybe["gate.rejected"] or unread): verdict = OPEN
        bypasses = [r.effect for r in self.of("gate.bypassed", start.index, **same) if start.time < r["until"]]
        if verdict == "refused" and bypasses: verdict = "bypassed" if any(bypasses) else OPEN
        self.reasons[name] += faults + [Fault(verdict, start.index, f"gate.{verdict}: {yes} of {needed} approvals")]
    def heads(self, r):                 # whether `heads` are the log's (rule 3); a --release bundle reaches up to them (§6)
        heads = {n: [s.index for s in self.log.streams.get(stream, [])] for n, stream in (
            ("ledger", "ledger"), ("roster", "roster"), ("pipeline", self.pipeline))}
        need(r.index, (self.log.release is None or all(r["heads"][n] <= len(heads[n]) for n in heads),
                       "bundle.gap: the bundle does not reach up to `heads`", BROKEN))
        return jcs(r["heads"]) == jcs({n: sum(index < r.index for index in heads[n]) for n in heads})
    def mandate(self, gate, r):         # the install tests required as of a record, and what is wrong with them (rule 4)
        tests, faults = [], []
        for target in [required["install-test"] for required in gate.get("requires", [])]:
            published, tested = (self.of(kind, r.index, target=target) for kind in ("artifact.published", "install.tested"))
            faults += failed(r.index, (tested, f"mandate.missing: no install test of {target} before this"))
            for test in tested[-1:]:
                index, files = self.definition["targets"].get(target, {}).get("index"), test["files"]
                faults += failed(
                    test.index, (published and published[-1].index < test.index, "mandate.stale: published since, or never"),
                    (test["verdict"] == "passed", "mandate.failed: the test did not pass"),
                    (test["index"] == index, "mandate.index: the test was not from the target's index"),
                    (files and all(file in self.built for file in files), "mandate.files: it was of other files"),
                    (test.effect, "mandate.open: its statement cannot be judged", OPEN))
            tests += tested[-1:]
        return tests, faults
    def vote(self, vote, opened, start, stage, gate, tests):    # what is wrong with an approval or rejection (rule 3)
        log, index, who, yes, target = self.log, vote.index, vote["approver"], vote.type == "gate.approved", stage.get("target")
        said, subject, key = log.statement(vote, "urn:ledger:release-approval:v1", APPROVAL)
        same, verb, mine = {"gate": vote["gate"], "attempt": vote["attempt"]}, "approve" if yes else "reject", ("key", who, key)
        meant = {**same, "approver": f"person:{who}", "decision": verb, "nonce": opened["nonce"], "policy": self.policy,
                 "release": self.stream[8:], "target": target,
                 "meaning": f"I {verb} publication of exactly these files to {target}."}
        (before, faults), barred = (self.mandate(gate, vote), gate["separate"]) if yes else (([], []), [])
        listed, shown = said["evidence"], {e["index"]: e["leaf"] for e in said["evidence"]}
        exact = [*shown] == sorted(shown) and len(shown) == len(listed) and all(exactly(e, "index leaf") for e in listed) and all(
            form("index", i) and i < said["seen"]["size"] and (i not in log.at or log.at[i].leaf.hex() == shown[i]) for i in shown)
        built = [r for r in self.of("artifact.built", index) if subject_of(r["files"]) == subject and r.index in shown]
        roles = [("role", who, role) for role in gate["roles"] if all(log.held(("role", who, role), r) for r in (vote, start))]
        ends = [r.effect for r in self.of("approval.withdrawn", start.index, approval=index, **same) if r.index > index]
        expired = [r for r in self.of("gate.expired", index, **same) if r.index > opened.index]
        limit = "expires" not in gate or moment(said["expires"]) - moment(vote.time) <= lifetime(gate["expires"])
        return faults + log.seen(said["seen"], opened.index, vote) + failed(
            index, *((jcs(said[m]) == jcs(v), f"approval.{m}: the statement says another {m}") for m, v in meant.items()),
            (form("text", said["comment"]), "approval.comment: it is not a text"),
            (not expired, "approval.after-expiry: the gate had expired"),
            (subject == subject_of(opened["files"]) == subject_of(start["files"]), "approval.subject: other files"),
            (exact and built and all(r.index in shown for r in [opened] + before), "approval.evidence: not what must be shown"),
            (set(shown) <= set(log.at), "approval.evidence-absent: a record it names is not in the bundle", OPEN),
            (form("time", said["expires"]) and start.time < said["expires"], "approval.expired: before the start"),
            (limit, "approval.lifetime: it expires later than the gate allows"),
            (vote["fingerprint"] == key, "approval.fingerprint: it is not that of the signing key"),
            (log.held(mine, vote) and log.held(mine, start), "approval.key: not good, then and at the start"),
            (not log.doubted(mine, vote), "approval.key-doubted: a later revocation reaches back", OPEN),
            (roles, "approval.role: no role of the gate is held, then and at the start"),
            (not roles or not all(log.doubted(role, vote) for role in roles), "approval.role-doubted: likewise", OPEN),
            (any(s["thing"] == ("person", who, None) and s["kind"] == "human" for s in log.spans), "approval.person: no human"),
            ("tagger" not in barred or who not in self.taggers, "approval.tagger: the tagger may not approve"),
            ("tagger" not in barred or all(log.held(("person", t, None), self.tag) for t in self.taggers),
             "approval.tagger-unknown: the tagger is not an enrolled person", OPEN),
            ("tester" not in barred or who not in [test["tester"] for test in tests + before],
             "approval.tester: the tester may not approve"),
            (not any(ends), "approval.withdrawn: it was withdrawn before the start"),
            (None not in ends, "approval.withdrawn-open: a withdrawal cannot be judged", OPEN),
            (self.heads(vote), "approval.heads: `heads` differ from the log's", OPEN))
    def judge_record(self, r, plan):    # one artifact (rule 5), publications (rule 3), and the order of starts (rule 6)
        started, published = r.type == "stage.started", r.type == "artifact.published"
        for m in (["files", "observed"] if published else ["files"] if r.type in ("artifact.built", "gate.opened")
                  or started and r.index > self.start else []):
            same = form("files", self.built) and self.built and jcs(r[m]) == jcs(self.built)
            self.check(r["stage"], r.index, (same, f"artifact.{m}: they are not exactly what was built"))
        starts = self.of("stage.started", r.index, stage=r["stage"])
        if published: self.check(
            r["stage"], r.index, (plan and plan.get("target") == r["target"], "publish.target: not that of the stage"),
            (any(s["attempt"] == r["attempt"] for s in starts), "publish.unstarted: its stage was not started"),
            (r["how"] == "uploaded" or r["how"] == "already-present" and len(starts) > 1,
             "publish.early: it was there before the stage first started", OPEN))
        needs = (plan or {}).get("needs", [])
        if started: self.check(
            r["stage"], r.index, (plan is not None, "stage.unknown: the definition has no such stage"),
            (form("needs", needs) and all(self.of("stage.succeeded", r.index, stage=s) for s in needs),
             "stage.needs: it started before a stage that it needs succeeded"),
            (self.heads(r), "start.heads: `heads` differ from the log's", OPEN))
    def attempts(self):                 # attempts and epochs that do not follow §5 are findings (rule 6)
        now = {name: [1, 0, False] for name in self.reasons}    # of a stage: attempt, epoch, whether it has ended
        for r in self.records:
            for name in [n for n in now if r["attempt"] and (r["stage"] == n or self.gates[n] and r["gate"] == self.gates[n])]:
                state, retried, started = now[name], r.type == "stage.retried", r.type == "stage.started"
                ok = r["attempt"] == state[0] + retried and (state[2] or not retried) and (
                    not started or r["epoch"] > state[1])
                self.log.findings += failed(r.index, (ok, "attempt.order: it does not follow from those before", None))
                state[2] = r.type in ("stage.failed", "stage.unknown", "gate.rejected", "gate.expired") or state[2]
                if retried: state[:] = r["attempt"], 0, False
                if started: state[1] = r["epoch"]

# The answer
def show(faults): return [*{(f.code, f.index, f.text): {"code": f.code, "index": f.index, "text": f.text} for f in faults}.values()]
def worst(faults): return RANK[max((RANK.index(fault.verdict) for fault in faults), default=0)] or "not applicable"
def verify(folder, log_key, others):
    """The answer of `--json`, and the exit code."""
    log, releases = Log(pathlib.Path(folder)), []
    try:
        for step in (log.load, log.replay, lambda: log.check_signature(log_key, others), log.check_evidence):
            need(None, (attempt(False, lambda: [step()]), "log.unreadable: a part of the log cannot be read", BROKEN))
        releases = [Release(log, stream) for stream in log.streams if stream.startswith("release/")]
    except Fault as fault: log.findings.append(fault)
    loose = log.findings + [fault for r in releases for fault in r.loose]
    verdicts = {fault.verdict for fault in loose + [f for r in releases for faults in r.reasons.values() for f in faults]}
    codes, sound = [EXITS[verdict] for verdict in EXITS if verdict in verdicts] + [0 if releases else 6], BROKEN not in verdicts
    return {"log": "good" if sound else BROKEN, "origin": log.origin, "size": log.size, "root": log.root and encode64(log.root),
            "bootstrap": log.bootstrap, "authenticated": sound and (log_key is not None or others != []), "releases": [{
                "release": r.stream[8:], "verdict": worst(sum(r.reasons.values(), r.loose)), "stages": [
                    {"stage": name, "gate": r.gates[name], "verdict": worst(faults), "reasons": show(faults)}
                    for name, faults in r.reasons.items()]} for r in releases if sound], "findings": show(loose)}, codes[0]
def describe(answer, code):             # a heading, each release and gate, the findings, a summary in the last line
    lines = [f"Ledger {answer['origin']}, size {answer['size']}, root {answer['root']}.", f"First key {answer['bootstrap']}."]
    lines += [] if answer["authenticated"] else ["self-consistent, origin not authenticated"]
    for release in answer["releases"]:
        lines += [f"{release['release']}: {release['verdict']}"]
        for stage in release["stages"]: lines += [f"  {stage['stage']} ({stage['gate'] or 'no gate'}): {stage['verdict']}"] + [
            f"    #{r['index']} {r['code']}: {r['text']}" for r in stage["reasons"]]
    lines += [f"finding #{f['index']} {f['code']}: {f['text']}" for f in answer["findings"]]
    return "\n".join(lines + [{0: "proven", 6: "nothing to verify", **{EXITS[v]: v for v in EXITS}}[code]])
def main():
    """Reads the arguments, prints the answer, returns the exit code."""
    parser = argparse.ArgumentParser(description="Decides every gate of a ledger bundle again, from FORMAT.md alone.")
    parser.add_argument("folder", metavar="DIR", nargs="?", default=pathlib.Path(__file__).resolve().parent, type=pathlib.Path)
    parser.add_argument("--log-key", metavar="FILE", type=argparse.FileType("rb"), help="the log's key, from outside")
    parser.add_argument("--against", metavar="CHECKPOINT", type=argparse.FileType("rb"), action="append", default=[])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if not given.folder.is_dir(): parser.error(f"there is no folder {given.folder}. Give that of a bundle")
    answer, code = verify(given.folder, given.log_key and given.log_key.read(), [file.read() for file in given.against])
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    print(json.dumps(answer) if given.json else describe(answer, code))
    return code

if __name__ == "__main__":
    sys.exit(main())
