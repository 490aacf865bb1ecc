#!/usr/bin/env python3
"""The stranger's verifier: decides every gate of a ledger bundle again, from FORMAT.md (version 1) alone.

    python3 verify.py [BUNDLE] [--log-key FILE] [--against CHECKPOINT]... [--json]

It shares no code with `ledger`, needs Python 3.9 and `ssh-keygen`, and fetches nothing. What cannot be read
is never satisfied; no input, however malformed, ends without a verdict. A requirement is met, or not, or is
None where nobody can decide it: that makes a verdict indeterminate.
Exit codes: 0 proven, 1 indeterminate, 2 usage, 3 refused, 4 pending, 5 log broken, 6 no release, 7 bypassed.
"""
import argparse, base64, datetime, functools, hashlib, json, pathlib, re, subprocess, sys, tempfile
from collections import defaultdict

NAMESPACE, OPEN, REFUSED, BROKEN = "release-approval@ledger", "indeterminate", "refused", "broken"
RANK = ["not applicable", "satisfied", "pending", "bypassed", OPEN, REFUSED, BROKEN]        # the worst counts
EXITS = {BROKEN: 5, REFUSED: 3, OPEN: 1, "bypassed": 7, "pending": 4, "nothing to verify": 6}
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, ArithmeticError, OSError)
RECORD = "actor cause id index prev revision stream time type v what"
APPROVAL = "approver attempt comment decision evidence expires gate meaning nonce policy release seen target"
MANIFEST = "erased evidence format origin records release root size"
# §5, a row each: stream, who signs, the types, and the members that `what` holds at least, those that rules
# read with their form: in another one a member counts as missing.
TYPES = {kind: (stream, signer, [m.partition(":") for m in members])
         for stream, signer, kinds, *members in map(str.split, """\
ledger - ledger.opened origin:origin key:text format
ledger admin ledger.rekeyed origin:origin key:text from:text reason
ledger admin ledger.restored from:text lost reason
ledger admin evidence.erased digests:texts reason authority
roster admin person.enrolled,person.removed person:person kind:kind accounts:texts profile
roster admin role.granted,role.revoked person:person role:plain from:window until:window
roster admin key.enrolled,key.revoked person:person key:text fingerprint:text from:window until:window reason
pipeline admin pipeline.defined digest:text definition:object
release tagger tag.pushed project:text version:text tag:text commit tagger:text repository pipeline:text
release - stage.started stage:text attempt:int executor epoch:int files heads
release - stage.succeeded,stage.failed,stage.unknown stage:text attempt:int micros log reason
release - stage.retried stage:text attempt:int by:text reason
release - artifact.built stage:text attempt:int name files sourceDate tools
release - artifact.published,publish.conflicted stage:text attempt:int target:text url files observed how:text
release - gate.opened gate:text stage:text attempt:int nonce:text policy:text files requirements heads
release approver gate.approved,gate.rejected gate:text attempt:int approver:text statement signature \
fingerprint:text heads
release either approval.withdrawn gate:text attempt:int approval:int by:text reason
release - gate.expired gate:text attempt:int by:text reason
release admin gate.bypassed gate:text attempt:int by:text reason until:time
release tester install.tested target:text index:text requirement files report commands verdict:text \
tester:text
release - release.completed,release.failed,release.superseded,release.yanked reason by:text""".split("\n"))
         for kind in kinds.split(",")}
WEIGHTY = ("stage.started", "artifact.built", "artifact.published", "gate.opened")  # none may be left out
SIGNERS = ("admin", "either", "tester")     # an act of theirs has no effect unless it is well signed
ENDS = ("stage.failed", "stage.unknown", "gate.rejected", "gate.expired")   # a new attempt may follow
VOTES, SLUG = ("gate.approved", "gate.rejected"), "[a-z0-9]+(-[a-z0-9]+)*"
EXECUTORS = {"python-build": [], "oci": ["registry"], "pypi": ["upload", "index"]}  # and the URLs they need
def LIST(kind): return lambda v: isinstance(v, list) and all(form(kind, child) for child in v)
FORMS = {name: test for names, test in {    # the forms of values (§1, §2, §5): a pattern, or a function
    "actor": r"[a-z]+:[A-Za-z0-9._@/+-]{1,128}", "type": r"[a-z-]+\.[a-z-]+", "member": "[!-~]{1,128}",
    "id": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "sha256 prev": "[0-9a-f]{64}", "text media": "(?s).*",
    "stream": rf"(?=.{{1,255}}\Z)(ledger|roster|pipeline/{SLUG}|release/{SLUG}/[A-Za-z0-9][A-Za-z0-9._+-]*)",
    "digest": "sha256:[0-9a-f]{64}", "name": "[A-Za-z0-9_][A-Za-z0-9._+!-]{0,127}", "nonce": "[0-9a-f]{32}",
    "origin": r"(?=.{1,128}\Z)[a-z0-9.-]+(/[A-Za-z0-9._-]+)*", "plain": "[A-Za-z0-9_][A-Za-z0-9_-]{0,63}",
    "person": "[a-z0-9][a-z0-9._-]{0,63}", "kind": "human|bot|agent", "word": "(?s).+",
    "texts": LIST("text"), "needs separate words": LIST("word"), "digests": LIST("digest"),
    "requires": LIST("any"), "roles": lambda v: LIST("plain")(v) and v != [], "any": lambda v: True,
    "object what": lambda v: isinstance(v, dict), "int": lambda v: type(v) is int,
    "index size": lambda v: type(v) is int and v >= 0, "revision v": lambda v: type(v) is int and v > 0,
    "approvals": lambda v: form("v", v) and v <= 100, "salted": lambda v: v is True,
    "time": lambda v: moment(v).isoformat(timespec="microseconds") + "Z" == v,
    "window": lambda v: v is None or form("time", v), "cause": lambda v: v is None or form("index", v),
    "expires": lambda v: re.fullmatch("[1-9][0-9]{0,8}[mhd]", v) and lifetime(v).days <= 36525,
    "files": lambda v: all(exactly(f, "name sha256 size") and all(form(m, f[m]) for m in f) for f in v)
    and v != [] and [f["name"] for f in v] == sorted({f["name"] for f in v}),
    "evidence": lambda v: exactly(v, "digest media name size" + " salted" * ("salted" in v))
    and all(form(m, v[m]) for m in v)}.items() for name in names.split()}

class Finding(Exception):
    """What was found: the verdict that it leads to (None: it only explains), the record, and its code."""
    def __init__(self, verdict, r, code, detail=""):
        self.verdict, self.r, self.code, self.detail = verdict, r, code, detail
    def __str__(self):
        area, _, requirement = self.code.replace("-", " ").partition(".")
        end = {OPEN: " cannot be decided", REFUSED: " is not met", BROKEN: " is not met"}
        end = end.get(self.verdict, "")
        place = f"#{self.r.index} " if self.r else ""
        return f"{place}{AREAS.get(area, area)}: {requirement}{end}{self.detail and ': '}{self.detail}"
AREAS = {"act": "the signed act", "seen": "what the signer saw", "vote": "the approval or rejection",
         "publish": "the publication", "mandate": "the install test", "artifact": "the files"}
def failed(area, r, **requirements):    # the findings about those not met: False, or None if nobody can say
    verdicts = (BROKEN, BROKEN) if area in ("log", "bundle", "checkpoint", "against") else (REFUSED, OPEN)
    return [Finding(verdicts[met is None], r, f"{area}.{name.replace('_', '-')}")
            for name, met in requirements.items() if not met]
def need(area, r, **requirements): raise_worst(failed(area, r, **requirements))
def raise_worst(findings):
    if findings: raise max(findings, key=lambda f: RANK.index(f.verdict))
def worst(findings): return RANK[max([RANK.index(f.verdict) for f in findings if f.verdict], default=0)]
def must(value): return value or int("malformed")       # raises, unless there is something
def attempt(default, function, *arguments):     # what a function returns; the default for unreadable input
    try: return function(*arguments)
    except UNREADABLE: return default

# Forms, canonical JSON, files (§1, §2)
def sha256(data): return hashlib.sha256(data).digest()
def encode64(data): return base64.b64encode(data).decode()
def moment(time): return datetime.datetime.fromisoformat(time[:-1])
def lifetime(text): return datetime.timedelta(minutes=int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]])
def exactly(value, members): return isinstance(value, dict) and set(value) == set(members.split())
def jcs(value): return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
def same(*values): return len({*map(jcs, values)}) == 1     # also in type: True is not 1
def form(kind, value):              # whether a value has one of the forms above
    if callable(FORMS[kind]): return bool(attempt(False, FORMS[kind], value))
    return isinstance(value, str) and re.fullmatch(FORMS[kind], value, re.ASCII) is not None
def objects(value, level=1):        # every object inside a value, none too deep
    must(level <= 32 or not isinstance(value, (dict, list)))
    if isinstance(value, dict): yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child, level + 1)
def is_reference(value): return isinstance(value, dict) and {"digest", "media", "name", "size"} <= {*value}
def integer(digits): return int(digits) if len(digits) <= 17 and abs(int(digits)) < 2**53 else must(False)
def parse(data):                    # canonical JSON (RFC 8785) of the subset of §1; no member is twice in it
    value = json.loads(data.decode("utf-8"), parse_int=integer, parse_float=integer, parse_constant=integer)
    return must(all(form("member", m) for o in objects(value) for m in o) and jcs(value) == data) and value
def strict64(text, size=None):      # decodes base64 in its one spelling
    raw = base64.b64decode(text, validate=True)
    return raw if must(encode64(raw) == text and size in (None, len(raw))) else raw
def hashes(data):                   # those of a proof, one a line
    *lines, rest = data.decode().split("\n")
    return [strict64(line, 32) for line in lines] if rest == "" else must(False)
def without_newline(data): return data[:-1] if data.endswith(b"\n") else data
def read_file(path): return path.read_bytes() if path.is_file() and not path.is_symlink() else must(False)

# Tree and proofs (§1, §3; RFC 6962, section 2.1)
def node(left, right): return sha256(b"\1" + left + right)
def left_part(size): return 1 << (size - 1).bit_length() - 1        # how many leaves lie below the left child
def included_root(index, size, leaf, path):     # the root that an inclusion proof leads to
    if size == 1: return must(path == []) and leaf
    cut, (*path, other) = left_part(size), path
    if index < cut: return node(included_root(index, cut, leaf, path), other)
    return node(other, included_root(index - cut, size - cut, leaf, path))
def consistent_roots(old, size, path):          # both roots; a proof begins with a node that both trees have
    *path, other = path
    if old == size: return must(path == []) and (other, other)
    cut = left_part(size)
    if old > cut: return tuple(node(other, root) for root in consistent_roots(old - cut, size - cut, path))
    old_root, root = consistent_roots(old, cut, path)
    return old_root, node(root, other)

# Ed25519 (RFC 8032, section 5.1), signed notes (§3), SSH signatures (§4)
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
    k, turn = D * a[0] * b[0] * a[1] * b[1], a[0] * b[1] + b[0] * a[1]
    return turn * pow(1 + k, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P
def times(n, a):
    twice = times(n >> 1, add(a, a)) if n else (0, 1)
    return add(twice, a) if n & 1 else twice
def ed25519(public, message, signature):        # whether an Ed25519 signature is good
    half, s = signature[:32], number(signature[32:])
    must(len(signature) == 64 and s < ORDER)
    challenge = number(hashlib.sha512(half + public + message).digest()) % ORDER
    return times(s, point(BASE)) == add(point(half), times(challenge, point(public)))
class Note:     # a checkpoint in a signed note: three lines, an empty one, and its signatures
    def __init__(self, data):
        text, _, tail = data.decode("utf-8").rpartition("\n\n")
        (self.origin, size, root), (*lines, rest) = text.split("\n"), tail.split("\n")
        must(re.fullmatch("0|[1-9][0-9]{0,15}", size) and rest == "" and 0 < len(lines) <= 100)
        self.text, self.size, self.root = text.encode() + b"\n", int(size), strict64(root, 32)
        matches = [re.fullmatch("\u2014 ([^\\s+\0-\x1f]+) ([A-Za-z0-9+/=]{8,})", line) for line in lines]
        self.signatures = [(match[1], strict64(match[2])) for match in matches]
    def is_signed(self, key):       # whether `name+hash+base64` signed, and never badly; others are ignored
        name, key_id, raw = key.split("+", 2)
        raw, mark = strict64(raw, 33), sha256(name.encode() + b"\n" + strict64(raw))[:4]
        must((raw[0], key_id, name) == (1, mark.hex(), self.origin))
        own = [given[4:] for signer, given in self.signatures if (signer, given[:4]) == (name, mark)]
        return own != [] and all(ed25519(raw[1:], self.text, given) for given in own)
def key_blob(line):                 # the bytes of a key `type base64` of a permitted type; no certificates
    kind, raw = line.split(" ")
    must(re.fullmatch("ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|"
                      r"sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com", kind))
    return must(strict64(raw).startswith(bytes([0, 0, 0, len(kind)]) + kind.encode())) and strict64(raw)
def fingerprint(line): return "SHA256:" + encode64(sha256(key_blob(line))).rstrip("=")
@functools.lru_cache(None)
def ssh_verify(key, statement, armored):        # whether this very key signed, at any time; None: who knows
    blob, (begin, *lines, end) = key_blob(key), armored.decode("ascii").splitlines()
    body, modulus = strict64("".join(lines)), blob[19 + int.from_bytes(blob[11:15], "big"):]
    must((begin, end) == ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"))
    must(not key.startswith("ssh-rsa ") or int.from_bytes(modulus, "big") >> 3071)
    # A security key's ends with flags and a counter; ssh-keygen does not look whether it was touched.
    must(not key.startswith("sk-") or body[-5] & 1 and b"webauthn" not in body)
    with tempfile.TemporaryDirectory() as folder:
        allowed, signature = pathlib.Path(folder, "allowed"), pathlib.Path(folder, "signature")
        allowed.write_text(f'signer namespaces="{NAMESPACE}" {key}\n')
        signature.write_text(f"{begin}\n{encode64(body)}\n{end}\n")
        command = [*"ssh-keygen -Y verify -I signer -n".split(), NAMESPACE, "-f", allowed, "-s", signature]
        done = attempt(None, lambda: subprocess.run(command, input=statement, capture_output=True))
    return {0: True, 255: False}.get(done.returncode) if done else None

class Record(argparse.Namespace):
    """One record (§1), and in brackets the members of its `what`. `effect` (§5) is None where it is open."""
    def __getitem__(self, member): return self.what.get(member)
class Log:
    """A bundle as a log: records, proofs and evidence (§1 to §3, §6), people and signed acts (§4, §5)."""
    def __init__(self, folder):
        self.folder, self.records, self.at, self.first = folder, [], {}, {}
        self.streams, self.kinds = defaultdict(list), defaultdict(list)
        self.grants, self.ends, self.acts, self.identities, self.erased, self.boot = [], [], [], [], [], []
        self.note, self.release, self.bootstrap = None, None, None
        self.findings, self.weighty, self.unknown = [], [], []  # weighty: for all that reads their stream
    def read(self, name):               # a file of the bundle; without it the log is broken
        return attempt(None, read_file, self.folder / name) or need("bundle", None, **{name: False})
    def load(self):                     # rule 1 but for the key: files, records, chain, root or proofs
        note = self.note = attempt(None, Note, self.read("checkpoint"))
        need("checkpoint", None, form=note)
        manifest = attempt({}, parse, without_newline(self.read("MANIFEST.json")))
        *lines, rest = self.read("records.jsonl").split(b"\n")
        told = {"format": "ledger-bundle/v1", "origin": note.origin, "size": note.size,
                "root": encode64(note.root), "records": len(lines)}
        self.release = manifest.get("release")
        need("bundle", None, lines=lines and rest == b"", manifest=exactly(manifest, MANIFEST) and
             same(manifest, {**manifest, **told}) and form("digests", manifest["evidence"]) and form(
                 "digests", manifest["erased"]), release=self.release is None or form(
                     "stream", f"release/{self.release}"))
        for line in lines: self.link(line, self.records[-1:])
        whole = self.release or note.size == len(lines) and note.root == self.tree(0, note.size)
        need("log", None, root=whole, first=self.records[0].index == 0)
        for r in self.records if self.release else []:
            proof = self.read(f"proofs/{r.index}.tlog-proof")
            need("log", r, proof=attempt(False, self.is_included, r, proof))
    def link(self, line, last):         # a record that follows those before it (§1), or belongs here (§6)
        data, whole, place = attempt(None, parse, line), self.release is None, len(self.records)
        good = exactly(data, RECORD) and len(line) <= 65535 and all(form(m, data[m]) for m in data)
        need("log", Record(index=place), record=good)
        r = Record(**data, leaf=sha256(b"\0" + line), effect=True, signed=False)
        before = [s.leaf for s in last if s.index == r.index - 1]
        if r.index == 0: before = [sha256(str(r["origin"]).encode())]
        stream = self.streams[r.stream]
        need("log", r, index=r.index == place if whole or not last else r.index > last[0].index,
             prev=before in ([], [bytes.fromhex(r.prev)]), cause=r.cause is None or r.cause < r.index,
             time=not last or last[0].time <= r.time, id=("id", r.id) not in self.first,
             revision=r.revision == len(stream) + 1,
             stream=whole or r.stream[:8] != "release/" or r.stream[8:] == self.release)
        carried = r["statement"].get("digest") if isinstance(r["statement"], dict) else None
        for use in (("id", r.id), ("statement", carried), ("nonce", r.type == "gate.opened" and r["nonce"])):
            if form("text", use[1]): self.first.setdefault(use, r.index)
        r.is_new = not form("text", carried) or self.first["statement", carried] == r.index
        self.at[r.index] = r
        for group in (self.records, stream, self.kinds[r.type]): group.append(r)
    @functools.lru_cache(None)
    def tree(self, low, high):          # the root over the leaves of records[low:high] of a whole log
        if high - low < 2: return self.records[low].leaf if high > low else sha256(b"")
        return node(self.tree(low, low + left_part(high - low)), self.tree(low + left_part(high - low), high))
    def is_included(self, r, proof):    # whether a tlog-proof is the record's, under this checkpoint (§3)
        head, tail = f"c2sp.org/tlog-proof@v1\nindex {r.index}\n".encode(), b"\n" + self.read("checkpoint")
        must(r.index < self.note.size and proof.startswith(head) and proof.endswith(tail))
        path = hashes(proof[len(head):-len(tail)])
        return included_root(r.index, self.note.size, r.leaf, path) == self.note.root
    def had_root(self, size, root):     # ValueError or None where a --release bundle cannot prove it (§6)
        if size == self.note.size: return root == self.note.root
        if size == 0 or self.release is None: return root == self.tree(0, size)
        first, proof = read_file(self.folder / f"proofs/seen-{size}").split(b"\n", 1)
        shared = [] if size & (size - 1) else [root]    # a complete tree is itself the node to begin with
        roots = consistent_roots(size, self.note.size, shared + hashes(proof))
        return first == b"old %d" % size and roots == (root, self.note.root) or None
    def content(self, e, r):            # the bytes of an evidence reference (§2)
        need("evidence", r, form=form("evidence", e) or None)
        path, salted = self.folder / "evidence/sha256" / e["digest"][7:], "salted" in e
        salt = attempt(b"", read_file, path.with_suffix(".salt")) if salted else b""
        data = attempt(b"", read_file, path)
        found = (len(data), len(salt), "sha256:" + sha256(salt + data).hex())
        need("evidence", r, whole=path.is_file() and found == (e["size"], 16 * salted, e["digest"]) or None)
        return data
    def check_evidence(self):           # rule 2: every reference resolves, or was duly erased
        for r, name, e in ((r, name, e) for r in self.records for name in r.what for e in objects(r[name])):
            bare = e is r[name] and name in ("statement", "signature", "report", "log")
            try:
                if is_reference(e): self.content(e, r)
                need("evidence", r, unsalted=not (is_reference(e) and bare and "salted" in e) or None)
            except Finding as finding:
                erased = any(s.index > r.index and e["digest"] in s["digests"] for s in self.erased)
                if erased and form("evidence", e) and "salted" in e and not bare:
                    finding = Finding(None, r, "evidence.erased", e["digest"])
                self.findings.append(finding)

    # People, statements and signed acts (§4, §5)
    def held(self, thing, r):           # whether a person is enrolled, or holds a role or a key, at a record
        ends = [end.index for ended, end in self.ends if ended in (thing, ("person", thing[1], None))]
        return any(granted == thing and (g.index < r.index or {g.index, r.index} <= {*self.boot}) and
                   not any(g.index < end < r.index for end in ends) and (thing[0] == "person" or
                   (g["from"] or "") <= r.time < (g["until"] or "~")) for granted, g in self.grants)
    def doubted(self, thing, r):        # whether a later revocation of a key or role reaches behind a record
        return any(ended == thing and end.index > r.index and (end["from"] or "~") < end.time and
                   end["from"] <= r.time for ended, end in self.ends)
    def statement(self, r, kind, members):      # its predicate and subject, who signed it, and with which key
        carried = (r["statement"], r["signature"])
        need("statement", r, new=r.is_new,
             carried=all(is_reference(e) and "salted" not in e for e in carried))
        data, signature = (self.content(e, r) for e in carried)
        value = attempt({}, parse, data)
        said, subject = value.get("predicate"), value.get("subject")
        meant = {"_type": "https://in-toto.io/Statement/v1", "predicateType": kind, "predicate": said}
        need("statement", r, form=value == {**meant, "subject": subject} and exactly(said, members) and
             exactly(said["seen"], "origin root size"))
        who = str(said.get("by", said.get("approver"))).partition("person:")[2]
        keys = {thing for thing, _ in self.grants if thing[:2] == ("key", who) and self.held(thing, r)}
        tried = {attempt(False, ssh_verify, key[2], data, signature): key for key in keys}
        need("signature", r, good=True in tried or (None if None in tried else False))
        return said, subject, who, tried[True]
    def check_seen(self, seen, above, r):       # a tree head in a statement: it lies between two records
        size, root = seen["size"], attempt(None, strict64, seen["root"], 32)
        inside = form("size", size) and above < size <= r.index and seen["origin"] == self.identity(size)[0]
        return failed("seen", r, head=bool(inside),
                      root=bool(inside and root) and attempt(None, self.had_root, size, root))
    def check_act(self, r, signer):     # a signed act: statement, key, and the role of the last column
        voted = self.at.get(r["approval"], r) if signer == "either" else r
        need("act", r, named=voted is r and signer != "either" or voted.type in VOTES and voted.stream ==
             r.stream and voted.index < r.index and all(same(voted[m], r[m]) for m in ("gate", "attempt")))
        said, subject, who, key = self.statement(r, "urn:ledger:act:v1", "by seen stream type")
        body = {m: v for m, v in r.what.items() if m not in ("statement", "signature")}
        own = signer == "tagger" or signer == "either" and voted["approver"] == who
        things = [key] + [("role", who, "admin" if signer == "either" else signer)] * (not own)
        meant = [{"digest": {"sha256": sha256(jcs(body)).hex()}, "name": "what"}]
        raise_worst(self.check_seen(said["seen"], -1, r) + failed(
            "act", r, subject=same([subject, said["stream"], said["type"]], [meant, r.stream, r.type]),
            role=self.held(things[-1], r),
            by=all(r[m] == who for m in ("by", "tester", "tagger", "approver") if m in body)))
        self.acts.append((r, things))
    def replay(self):                   # gives each record its effect; the bootstrap is judged by its own key
        first, boot = self.records[0], self.streams["roster"][:3]
        try:
            must([r.type for r in boot] == ["person.enrolled", "key.enrolled", "role.granted"])
            must(same(*[r["person"] for r in boot]) and boot[2]["role"] == "admin")
            for r in boot: self.enroll(r)
            self.boot = [r.index for r in boot]
        except (Finding, *UNREADABLE): self.grants = []
        early = {0, *self.boot}
        for r in [r for r in self.records if r.index in early]: self.decide(r)
        if any(r.effect is False for r in boot): self.boot, self.grants = [], []    # nobody is admin
        for r in [r for r in self.records if r.index not in early]: self.decide(r)
        for r in [r for r, things in self.acts if r.effect and any(self.doubted(t, r) for t in things)]:
            self.leave_out(r, Finding(OPEN, r, "act.undoubted"))
        opened = first.type == "ledger.opened" and first.effect
        need("log", first, opened=opened and same(first["format"], 1))
        if self.boot: self.bootstrap = boot[1]["fingerprint"]
        else: self.weighty.append(Finding(REFUSED, first, "roster.bootstrap"))
    def decide(self, r):
        try: need("record", r, readable=attempt(False, self.take, r))
        except Finding as finding: self.leave_out(r, finding)
    def leave_out(self, r, finding):    # takes the effect from a record, or leaves it open
        unknown, shared = finding.code == "type.known", r.stream[:8] != "release/"
        r.effect = None if finding.verdict == OPEN and not unknown else False
        weighs = r.effect is None if shared else r.effect is False and r.type in WEIGHTY
        if not weighs and not unknown: finding = Finding(None, r, finding.code, finding.detail)
        (self.unknown if unknown else self.weighty if weighs else self.findings).append(finding)
    def take(self, r):                  # lets a record take effect: known, in its stream, whole, signed
        stream, signer, members = TYPES.get(r.type, ("", "-", []))
        need("type", r, known=(r.v == 1 if stream else r["critical"] is not True) or None)
        need("type", r, stream=stream in ("", r.stream.split("/")[0]) and
             (r.type != "ledger.opened" or r.index == 0),
             members=all(m in r.what and form(kind or "any", r[m]) for m, _, kind in members))
        try:
            if signer == "tagger" and {"statement", "signature"} & {*r.what} or signer in SIGNERS:
                self.check_act(r, signer)
                r.signed = True
        except Finding as finding:
            if finding.verdict == OPEN and r.type not in ("person.removed", "role.revoked", "key.revoked"):
                try: self.apply(r)      # what it grants counts as granted, and all that reads it is open
                except (Finding, *UNREADABLE): pass
            if finding.verdict == OPEN or signer != "tagger": raise
            self.findings.append(Finding(None, r, finding.code))
        return self.apply(r) or True
    def apply(self, r):                 # changes the roster, the log's identity, or what is erased
        lost = r["lost"] if r.type == "ledger.restored" else None
        need("ledger", r, lost=lost is None or form("origin", r["origin"]) and form("text", r["key"]) and
             lost == [r.index, Note(r["from"].encode()).size - 1])
        if r.type == "pipeline.defined": need("pipeline", r, digest=digest_of(r) == r["digest"],
                                              name=f"pipeline/{r['definition'].get('pipeline')}" == r.stream)
        if r.type in TYPES and r.stream == "roster" and r.index not in self.boot: self.enroll(r)
        if r.type == "evidence.erased": self.erased.append(r)
        if lost or r.type in ("ledger.opened", "ledger.rekeyed"):
            self.identities.append((r.index, r["origin"], r["key"]))
    def enroll(self, r):                # who is enrolled, and holds which key and role, and where that ends
        (noun, verb), name, known = r.type.split("."), r["person"], {thing for thing, _ in self.grants}
        person, thing = ("person", name, None), (noun, name, None if noun == "person" else r[noun])
        owners = [who for kind, who, what in known if kind == noun and what == r["key"]]
        new = verb in ("enrolled", "granted")
        need("roster", r, person=person not in known if r.type == "person.enrolled" else
             person in known if verb == "revoked" else self.held(person, r), key=noun != "key" or
             fingerprint(r["key"]) == r["fingerprint"] and owners == ([] if new else [name]))
        (self.grants if new else self.ends).append((thing, r))
    def identity(self, size):           # the origin and key of the last record below a size that names them
        return [found for found in self.identities if found[0] < max(size, 1)][-1][1:]
    def check_signature(self, log_key):     # rule 1: origin, key and signature; a key may come from outside
        origin, key = self.identity(self.note.size)
        keys = {without_newline(self.read("log.vkey")), key.encode() if log_key is None else log_key.strip()}
        need("checkpoint", None, origin=self.note.origin == origin and form("origin", origin),
             key=keys == {key.encode()}, signature=attempt(False, self.note.is_signed, key))
    def check_against(self, data):      # a checkpoint that was kept elsewhere: this log continues it (§3)
        kept = attempt(None, Note, data)
        origin, key = attempt((None, None), lambda: self.identity(kept.size))
        need("against", None, signed=kept and kept.origin == origin and attempt(False, kept.is_signed, key))
        known = kept.size <= self.note.size and attempt(None, self.had_root, kept.size, kept.root)
        need("against", None, root=known is not False)
        if known is None: self.findings.append(Finding(OPEN, None, "against.proof"))

# Definitions and versions (§5, §1)
def subject_of(files):
    must(form("files", files))
    return [{"digest": {"sha256": f["sha256"]}, "name": f["name"]} for f in files]
def digest_of(r): return "sha256:" + sha256(jcs(r["definition"])).hex()
def tests_of(gate):                 # the targets from which a gate wants an install test
    return [q["install-test"] for q in gate.get("requires", []) if exactly(q, "install-test")
            and form("text", q["install-test"])]
def readable(d):                    # raises, unless a definition has the form of §5
    stages, gates, targets = ({**d}.get(m) for m in ("stages", "gates", "targets"))
    gates, targets = (group if form("object", group) else {} for group in (gates, targets))
    must(stages and form("name", d["artifact"]) and form("words", d["on"]["tags"]) and d["on"]["tags"])
    must(all(form("plain", name) for name in [*stages, *gates, *targets]))
    must(all(form("words", [*urls.values()]) for urls in targets.values()))
    installable = [s.get("target") for s in stages.values() if s["executor"] == "pypi"]
    for gate in ({"separate": [], "expires": "1d", "requires": [], **gate} for gate in gates.values()):
        must(all(form(m, gate[m]) for m in ("approvals", "roles", "separate", "expires", "requires")))
        must({*tests_of(gate)} <= {*installable})
    for s in stages.values():
        must(form("needs", s.get("needs", [])) and {*s.get("needs", [])} <= {*stages})
        must("gate" not in s or s["gate"] in gates)
        urls = EXECUTORS[s["executor"]]
        must({*urls} <= {*targets[s["target"]]} if urls else "target" not in s)
    for _ in range(len(stages)):    # no cycle: each time one more can be put in order
        stages = {name: s for name, s in stages.items() if {*s.get("needs", [])} & {*stages}}
    return must(not stages)
def matches(definition, tag):       # `*` matches any run of characters, nothing else is special (§5)
    globs = [".*".join(map(re.escape, glob.split("*"))) for glob in definition["on"]["tags"]]
    return any(re.fullmatch(glob, tag, re.DOTALL) for glob in globs)
PEP440 = re.compile(r"v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|rc|c)[-_.]?(\d*))?"
                    r"(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?", re.ASCII)
def version_key(version):           # the same for equal versions (§1, PEP 440); others equal only themselves
    match = PEP440.fullmatch(version.lower())
    if not match: return version
    epoch, numbers, pre, pre_number, dash, post, post_number, dev, dev_number = match.groups()
    numbers = re.sub(r"(\.0+)*$", "", re.sub(r"\b0+(?=\d)", "", numbers))
    pre = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}.get(pre, pre)
    numbered = (int(n or 0) for n in (epoch, pre_number, dash or post_number, dev_number))
    return numbers, pre, bool(dash or post), dev, *numbered

class Release:
    """Judges one release stream (§7, rules 3 to 6). `shared` counts for every gate too, `loose` for none."""
    def __init__(self, log, stream):
        self.log, self.stream, self.records = log, stream, log.streams[stream]
        self.reasons, self.pipeline = {}, None
        self.unknown = [f for f in log.unknown if f.r.stream == stream or f.r.stream[:8] != "release/"]
        self.shared = [f for f in log.weighty if f.r.stream[:8] != "release/"]
        self.loose = [f for f in log.weighty if f.r.stream == stream]
        try: need("release", None, readable=attempt(None, self.judge))
        except Finding as finding: self.loose.append(finding)
    def answer(self):                   # its verdict, that of each stage, and the reasons
        def verdict(found): return OPEN if self.unknown else worst(found + self.shared)
        stages = [{"stage": name, "gate": gate, "verdict": verdict(found) if gate else RANK[0],
                   "findings": [*map(str, found)]} for (name, gate), found in self.reasons.items()]
        over = bool(self.of("release.failed") + self.of("release.superseded"))
        whole = verdict(sum(self.reasons.values(), self.loose))
        return {"release": self.stream[8:], "over": over, "verdict": whole,
                "stages": stages, "findings": [*map(str, self.unknown + self.shared + self.loose)]}
    def of(self, kind, before=2**60, **what):   # the records of a type that have effect, before an index
        return [r for r in self.records if r.type == kind and r.effect is not False and r.index < before
                and all(same(r[m], v) for m, v in what.items())]
    def judge(self):                    # the definition, each record, each gate
        self.find_definition()
        stages, actor, built = self.definition["stages"], self.tag.actor, self.of("artifact.built")
        self.built, self.built_at = (built[0]["files"], built[0].index) if built else ([], 2**60)
        self.taggers = {self.tag["tagger"], actor[7:] if actor.startswith("person:") else self.tag["tagger"]}
        for r in [r for r in self.records if r.effect is not False]: self.judge_record(r, stages)
        for name, stage in stages.items():
            self.reasons[name, stage.get("gate")] = self.judge_gate(name, stage) if "gate" in stage else []
            self.check_attempts(name, stage.get("gate"))
        return True
    def find_definition(self):          # `tag.pushed` (rule 6), the version (§1), D in force (rule 3, §5)
        tag, project = self.records[0], self.stream[:self.stream.rindex("/") + 1]
        tags = [r for r in self.records if r.type == "tag.pushed" and r.v == 1]
        self.loose += failed("tag", tag, once=len(tags) < 2)
        need("tag", tag, first=tag in tags, members=tag.effect is not False,
             stream=f"release/{tag['project']}/{tag['tag']}" == self.stream)
        before = {kind: [r for r in self.log.kinds[kind] if r.index < tag.index and r.effect is not False]
                  for kind in ("tag.pushed", "pipeline.defined")}
        latest = {r.stream: r for r in before["pipeline.defined"]}.values()
        need("pipeline", tag, readable=all(attempt(False, readable, r["definition"]) for r in latest) or None)
        fit = [r for r in latest if matches(r["definition"], tag["tag"])]
        need("pipeline", tag, matching=fit != [], only=len(fit) < 2 or None)
        need("pipeline", tag, tagged=tag["pipeline"] == digest_of(fit[0]))
        self.tag, self.definition, self.policy = tag, fit[0]["definition"], tag["pipeline"]
        self.pipeline = fit[0].stream
        self.loose += failed("tag", tag, signature=tag.effect, version=not any(
            r.revision == 1 and r.stream.startswith(project) and
            version_key(r["version"]) == version_key(tag["version"]) for r in before["tag.pushed"]))
    def judge_gate(self, name, stage):  # each start (rule 3); a gate not understood is indeterminate (§5)
        gate, starts = self.definition["gates"][stage["gate"]], self.of("stage.started", stage=name)
        known = {*gate} <= {"approvals", "roles", "separate", "expires", "requires"} and {*gate.get(
            "separate", [])} <= {"tagger", "tester"} and len(tests_of(gate)) == len(gate.get("requires", []))
        found = failed("gate", None, known=known or None)
        if not starts: found.append(Finding("pending", None, "gate.never-started"))
        return sum((self.judge_start(name, stage, gate, start) for start in starts), found)
    def judge_start(self, name, stage, gate, start):    # the votes before it, or a bypass; the mandate
        of_gate, needed = {"gate": stage["gate"], "attempt": start["attempt"]}, gate["approvals"]
        found, opened = failed("start", start, heads=self.heads(start)), self.of(
            "gate.opened", start.index, stage=name, **of_gate)[:1]
        for o in opened: found += failed("gate", o, policy=o["policy"] == self.policy, heads=self.heads(o),
                                         nonce=form("nonce", o["nonce"]) and
                                         self.log.first["nonce", o["nonce"]] == o.index)
        if not opened: found.append(Finding(None, start, "gate.never-opened"))
        if "tagger" in gate.get("separate", []) and not (self.tag.signed and self.tag.effect):
            found.append(Finding(None, start, "tagger.asserted"))
        votes = [(r, self.weigh(r, o, start, stage, gate)) for o in opened for kind in VOTES
                 for r in self.of(kind, start.index, **of_gate)]
        for r, wrong in votes:
            found += [Finding(None, r, f.code, f.detail) for f in wrong] or [
                Finding(None, r, r.type, f"{r['approver']}, with the key {r['fingerprint']}")]
        sure, maybe = ({(r.type, r["approver"]) for r, wrong in votes if {f.verdict for f in wrong} <= some}
                       for some in (set(), {OPEN}))
        yes, many = (sum(kind == VOTES[0] for kind, _ in some) for some in (sure, maybe))
        verdict = REFUSED if many < needed or len(sure) > yes else (
            OPEN if yes < needed or len(maybe) > many else "satisfied")
        bypasses = self.of("gate.bypassed", start.index, **of_gate)
        effects = [r.effect for r in bypasses if start.time < r["until"]]
        if verdict == REFUSED and effects: verdict = "bypassed" if True in effects else OPEN
        counted = {r["approver"]: r for r, wrong in reversed(votes) if not wrong and r.type == VOTES[0]}
        for r in [*counted.values(), start]: found += self.mandate(gate, r)[1]
        return found + [Finding(verdict, start, f"gate.{verdict}", f"{yes} of {needed} approvals")]
    def heads(self, r, reach=False):    # whether `heads` are the log's, or None; or if it reaches them (§6)
        streams = {"ledger": "ledger", "pipeline": self.pipeline, "roster": "roster"}
        before = {name: sum(s.index < r.index or reach for s in self.log.streams.get(stream, []))
                  for name, stream in streams.items()}
        if not reach: return same(r["heads"], before) or None
        return not exactly(r["heads"], "ledger pipeline roster") or not all(
            form("int", n) for n in r["heads"].values()) or all(
            r["heads"][name] <= n for name, n in before.items() if streams[name])
    def mandate(self, gate, r):         # the install tests before a record, and what is wrong (rule 4)
        tests, found = [], []
        for target in tests_of(gate):
            published, tested = (self.of(kind, r.index, target=target)[-1:]
                                 for kind in ("artifact.published", "install.tested"))
            found += failed("mandate", r, tested=tested != [])
            for test in tested:
                files = test["files"] if form("files", test["files"]) and form("files", self.built) else []
                found += failed("mandate", test, signature=None) if test.effect is None else failed(
                    "mandate", test, fresh=published and published[0].index < test.index,
                    passed=test["verdict"] == "passed", files=files and all(f in self.built for f in files),
                    index=test["index"] == self.definition["targets"][target].get("index"))
                tests += [test] * (test.effect is True)
        return tests, found
    def weigh(self, vote, *context):    # what is wrong with an approval or a rejection; nothing if it counts
        try: return attempt([Finding(REFUSED, vote, "vote.readable")], self.vote, vote, *context)
        except Finding as finding: return [finding]
    def vote(self, vote, opened, start, stage, gate):   # the clauses of rule 3, one after the other
        log, who, yes, target = self.log, vote["approver"], vote.type == VOTES[0], stage.get("target", "")
        of_gate, verb = {m: vote[m] for m in ("gate", "attempt")}, "approve" if yes else "reject"
        over = [r for r in self.of("gate.expired", vote.index, **of_gate) if r.index > opened.index]
        need("vote", vote, order=opened.index < vote.index, before_expiry=not over)
        said, subject, _, key = log.statement(vote, "urn:ledger:release-approval:v1", APPROVAL)
        meant = {**of_gate, "approver": f"person:{who}", "decision": verb, "nonce": opened["nonce"],
                 "policy": self.policy, "release": self.stream[8:], "target": target,
                 "meaning": f"I {verb} publication of exactly these files to {target}."}
        before, wrong = self.mandate(gate, vote) if yes else ([], [])
        shown = {e["index"]: e["leaf"] for e in said["evidence"] if exactly(e, "index leaf")}
        exact = [*shown] == sorted(shown) and len(shown) == len(said["evidence"]) and all(
            form("index", i) and i < said["seen"]["size"] and form("sha256", leaf) and
            (i not in log.at or log.at[i].leaf.hex() == leaf) for i, leaf in shown.items())
        built = {r.index for r in self.of("artifact.built", vote.index)
                 if attempt(None, subject_of, r["files"]) == subject}
        named = exact and {r.index for r in [opened] + before} <= {*shown} and built & {*shown}
        roles = [role for role in (("role", who, name) for name in gate["roles"])
                 if log.held(role, vote) and log.held(role, start)]
        ends = [r.effect for r in self.of("approval.withdrawn", start.index, approval=vote.index, **of_gate)]
        enrolled = all(log.held(("person", name, None), self.tag) for name in self.taggers)
        testers = [test["tester"] for test in before + self.mandate(gate, start)[0]]
        barred = gate.get("separate", []) * yes
        lives = moment(said["expires"]) - moment(vote.time)
        return log.check_seen(said["seen"], opened.index, vote) + failed(
            "vote", vote, **{m: same(said[m], meant[m]) for m in meant}, heads=self.heads(vote),
            comment=form("text", said["comment"]), tested="mandate.tested" not in [f.code for f in wrong],
            subject=built and same(subject, subject_of(start["files"]), subject_of(opened["files"])),
            evidence=named and ({*shown} <= {*log.at} or None),
            expires=form("time", said["expires"]) and start.time < said["expires"],
            lifetime="expires" not in gate or lives <= lifetime(gate["expires"]),
            fingerprint=vote["fingerprint"] == fingerprint(key[2]), key=log.held(key, start),
            key_undoubted=not log.doubted(key, start) or None, role=roles != [],
            role_undoubted=not (roles and all(log.doubted(role, start) for role in roles)) or None,
            human=any(thing == ("person", who, None) and g["kind"] == "human" for thing, g in log.grants),
            not_the_tagger="tagger" not in barred or who not in self.taggers,
            tagger_known="tagger" not in barred or enrolled or None,
            not_the_tester="tester" not in barred or who not in testers,
            not_withdrawn=True not in ends and (None not in ends or None))
    def judge_record(self, r, stages):  # one artifact (rule 5), publications (rule 3), starts (rule 6)
        published, started, stage = r.type == "artifact.published", r.type == "stage.started", str(r["stage"])
        plan, starts = stages.get(stage, {}), self.of("stage.started", r.index, stage=stage)
        later = started and r.index > self.built_at and plan.get("executor") != "python-build"
        lists = published or later or r.type in ("artifact.built", "gate.opened")
        self.loose += failed("artifact", r, **{m: form("files", self.built) and same(r[m], self.built)
                                               for m in ["files"] * lists + ["observed"] * published})
        own = [s.index for s in starts if s["attempt"] == r["attempt"]]
        late = r["how"] == "uploaded" or r["how"] == "already-present" and own and starts[0].index < own[-1]
        if published: self.loose += failed("publish", r, target=plan.get("target") == r["target"],
                                           started=own != [], late=late or None)
        if started: self.loose += failed(
            "start", r, stage=stage in stages, heads=self.heads(r), needs=all(
                self.of("stage.succeeded", r.index, stage=need) for need in plan.get("needs", [])))
    def check_attempts(self, stage, gate):      # attempts, epochs that break §5 are findings (rule 6)
        now, epoch, ended = 1, 0, False
        for r in [r for r in self.records if r.effect is not False and form("int", r["attempt"])]:
            if not (r["stage"] == stage if form("text", r["stage"]) else gate and r["gate"] == gate): continue
            retried, started = r.type == "stage.retried", r.type == "stage.started"
            if r["attempt"] != now + retried or retried and not ended or started and r["epoch"] <= epoch:
                self.log.findings.append(Finding(None, r, "attempt.order"))
            ended = not retried and (ended or r.type in ENDS)
            now, epoch = r["attempt"] if retried else now, r["epoch"] if started else 0 if retried else epoch

# The answer
def verify(folder, log_key=None, against=()):   # all that there is to say, as one object
    log, releases = Log(pathlib.Path(folder)), []
    try:
        for step in (log.load, log.replay, lambda: log.check_signature(log_key), log.check_evidence):
            need("log", None, readable=attempt(False, lambda: [step()]))
        for kept in against: log.check_against(kept)
        releases = [Release(log, stream) for stream in [*log.streams] if stream.startswith("release/")]
        for release in releases if log.release else []:
            for r in release.records: need("bundle", r, heads=release.heads(r, reach=True))
    except Finding as finding: log.findings, releases = [finding], []
    answers = [r.answer() for r in releases]
    note = log.note or argparse.Namespace(origin=None, size=None, root=b"")
    verdict = max([worst(log.findings)] + [a["verdict"] for a in answers], key=RANK.index)
    if not releases and verdict == RANK[0]: verdict = "nothing to verify"
    waits = verdict != "pending" or any(a["verdict"] == verdict and not a["over"] for a in answers)
    return {"verdict": verdict, "exit": EXITS.get(verdict, 0) if waits else 0,
            "origin": note.origin, "size": note.size, "root": encode64(note.root),
            "bootstrap": log.bootstrap, "authenticated": log_key is not None,
            "of": log.release and f"revision {len(log.streams[f'release/{log.release}'])} of {log.release}",
            "releases": answers, "findings": [*dict.fromkeys(map(str, log.findings))]}
def describe(answer):                           # the same in lines; the last one sums up
    if answer["size"] is not None: yield "Ledger {origin}, size {size}, root {root}.".format(**answer)
    if answer["bootstrap"]: yield f"First key {answer['bootstrap']}."
    if not answer["authenticated"]: yield "self-consistent, origin not authenticated"
    if answer["of"]: yield f"as of {answer['of']}"
    for release in answer["releases"]:
        yield "{release}: {verdict}".format(**release)
        for stage in release["stages"]:
            yield f"  {stage['stage']} ({stage['gate'] or 'no gate'}): {stage['verdict']}"
            yield from (f"    {text}" for text in stage["findings"])
        yield from (f"  {text}" for text in release["findings"])
    yield from (f"finding {text}" for text in answer["findings"])
    yield answer["verdict"] if answer["verdict"] in EXITS else "proven"
def main():     # reads the arguments, prints the answer, returns the exit code
    here, parser = pathlib.Path(__file__).resolve().parent, argparse.ArgumentParser()
    parser.add_argument("folder", metavar="BUNDLE", nargs="?", default=here, help="else this file's folder")
    kept = argparse.FileType("rb")
    parser.add_argument("--log-key", metavar="FILE", type=kept, help="the log's key, got from outside")
    parser.add_argument("--against", metavar="CHECKPOINT", type=kept, action="append", help="kept elsewhere")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if not pathlib.Path(given.folder).is_dir(): parser.error(f"there is no folder {given.folder}")
    answer = verify(given.folder, given.log_key and given.log_key.read(),
                    [file.read() for file in given.against or ()])
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    for line in [json.dumps(answer)] if given.json else "\n".join(describe(answer)).split("\n"):
        print("".join(c if c.isprintable() else "?" for c in line))
    return answer["exit"]

if __name__ == "__main__":
    sys.exit(main())
