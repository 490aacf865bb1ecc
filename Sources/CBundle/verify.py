#!/usr/bin/env python3
"""The stranger's verifier: decides every gate of a ledger bundle again, from FORMAT.md (version 1) alone.

    python3 verify.py [BUNDLE] [--log-key FILE] [--against CHECKPOINT]...

It shares no code with `ledger`, needs Python 3.9 and `ssh-keygen`, and fetches nothing. What cannot be read
is never satisfied; no input, however malformed, ends without a verdict. A reason is `area.requirement`: one
that is not met, or, where its value is None, that nobody can decide; that makes the verdict indeterminate.
Exit codes: 0 proven, 1 indeterminate, 2 usage, 3 refused, 4 pending, 5 log broken, 6 no release, 7 bypassed.
"""
import argparse, base64, datetime, functools, hashlib, json, pathlib, re, subprocess, sys, tempfile

NAMESPACE, OPEN, BROKEN, SLUG = "release-approval@ledger", "indeterminate", "broken", "[a-z0-9]+(-[a-z0-9]+)*"
RANK = [None, "not applicable", "satisfied", "pending", "bypassed", OPEN, "refused", BROKEN]     # the worst
EXITS = {BROKEN: 5, "refused": 3, "bypassed": 7, OPEN: 1, "pending": 4}
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, ArithmeticError, OSError)
RECORD = "actor cause id index prev revision stream time type v what"
APPROVAL = "approver attempt comment decision evidence expires gate meaning nonce policy release seen target"
PEP440 = re.compile(r"v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|rc|c)[-_.]?(\d*))?"
                    r"(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?"
                    r"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?", re.ASCII)
# §5, a row each: stream, who signs, the types, and the members that `what` holds at least.
TYPES = {kind: (stream, signer, members) for stream, signer, kinds, *members in map(str.split, """\
ledger - ledger.opened origin key format
ledger admin ledger.rekeyed origin key from reason
ledger admin ledger.restored from lost reason
ledger admin evidence.erased digests reason authority
roster admin person.enrolled,person.removed person kind accounts profile
roster admin role.granted,role.revoked person role from until
roster admin key.enrolled,key.revoked person key fingerprint from until reason
pipeline admin pipeline.defined digest definition
release tagger tag.pushed project version tag commit tagger repository pipeline
release - stage.started stage attempt executor epoch files heads
release - stage.succeeded,stage.failed,stage.unknown stage attempt micros log reason
release - stage.retried stage attempt by reason
release - artifact.built stage attempt name files sourceDate tools
release - artifact.published,publish.conflicted stage attempt target url files observed how
release - gate.opened gate stage attempt nonce policy files requirements heads
release approver gate.approved,gate.rejected gate attempt approver statement signature fingerprint heads
release either approval.withdrawn gate attempt approval by reason
release - gate.expired gate attempt by reason
release admin gate.bypassed gate attempt by reason until
release tester install.tested target index requirement files report commands verdict tester
release - release.completed,release.failed,release.superseded,release.yanked reason by""".split("\n"))
    for kind in kinds.split(",")}
# To leave a malformed one of these out could hide a start, or files: every gate of its release is refused.
WEIGHTY = ("stage.started", "artifact.built", "artifact.published", "gate.opened")
ENDS = ("stage.failed", "stage.unknown", "gate.rejected", "gate.expired")   # a new attempt may follow
FORMS = {member: test for members, test in {    # the forms of members (§1, §2, §5): a pattern, or a function
    "actor": r"[a-z]+:[A-Za-z0-9._@/+-]{1,128}", "type": r"[a-z-]+\.[a-z-]+", "member": "[!-~]{1,128}",
    "id": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "sha256 prev": "[0-9a-f]{64}", "text media": "(?s).*",
    "stream": rf"(?=.{{1,255}}\Z)(ledger|roster|pipeline/{SLUG}|release/{SLUG}/[A-Za-z0-9][A-Za-z0-9._+-]*)",
    "digest": "sha256:[0-9a-f]{64}", "name": "[A-Za-z0-9_][A-Za-z0-9._+!-]{0,127}", "nonce": "[0-9a-f]{32}",
    "origin": r"(?=.{1,128}\Z)[a-z0-9.-]+(/[A-Za-z0-9._-]+)*", "expires": "[1-9][0-9]{0,8}[mhd]",
    "time": lambda v: moment(v).isoformat(timespec="microseconds") + "Z" == v,
    "window": lambda v: v is None or form("time", v), "cause": lambda v: v is None or form("index", v),
    "index size": lambda v: type(v) is int and v >= 0, "what": lambda v: isinstance(v, dict),
    "revision v approvals": lambda v: type(v) is int and v > 0, "salted": lambda v: v is True,
    "texts": lambda v: isinstance(v, list) and all(form("text", text) for text in v),
    "roles": lambda v: form("texts", v) and v != [],
    "separate": lambda v: form("texts", v) and set(v) <= {"tagger", "tester"},
    "requires": lambda v: isinstance(v, list) and all(exactly(test, "install-test") for test in v),
    "files": lambda v: all(exactly(f, "name sha256 size") and all(form(m, f[m]) for m in f) for f in v)
    and v != [] and [f["name"] for f in v] == sorted({f["name"] for f in v}),
    "evidence": lambda v: exactly(v, "digest media name size" + " salted" * ("salted" in v))
    and all(form(m, v[m]) for m in v)}.items() for member in members.split()}

class Fault(Exception):
    """A reason: the verdict that it leads to (None: it only explains), its record, and what it is."""
    def __init__(self, verdict, r, code, detail=""):
        self.verdict, self.r, self.code, self.detail = verdict, r, code, detail and f": {detail}"
    def __str__(self): return (f"#{self.r.index} " if self.r else "") + self.code + self.detail
def failed(area, r, **requirements):    # the faults of those not met
    verdicts = (BROKEN, BROKEN) if area in ("log", "bundle", "checkpoint", "against") else ("refused", OPEN)
    return [Fault(verdicts[met is None], r, f"{area}.{name.replace('_', '-')}")
            for name, met in requirements.items() if not met]
def need(area, r, **requirements):      # raises the first of them
    for fault in failed(area, r, **requirements): raise fault
def must(value):
    if not value: raise ValueError("malformed")
def attempt(default, function, *arguments):     # what a function returns; the default for unreadable input
    try: return function(*arguments)
    except UNREADABLE: return default

# Forms, canonical JSON, files (§1, §2)
def sha256(data): return hashlib.sha256(data).digest()
def encode64(data): return base64.b64encode(data).decode()
def moment(time): return datetime.datetime.fromisoformat(time[:-1])
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
def integer(digits): return int(digits) if len(digits) <= 17 and abs(int(digits)) < 2**53 else must(False)
def parse(data):                    # canonical JSON (RFC 8785) of the subset of §1; no member is twice in it
    value = json.loads(data.decode("utf-8"), parse_int=integer, parse_float=integer, parse_constant=integer)
    must(all(form("member", m) for found in objects(value) for m in found) and jcs(value) == data)
    return value
def strict64(text, size=None):      # decodes base64 in its one spelling
    raw = base64.b64decode(text, validate=True)
    must(encode64(raw) == text and size in (None, len(raw)))
    return raw
def hashes(data):                   # those of a proof, one a line
    *lines, rest = data.decode().split("\n")
    return [strict64(line, 32) for line in lines] if rest == "" else must(False)
def read_file(path): return path.read_bytes() if path.is_file() and not path.is_symlink() else must(False)

# Tree and proofs (§1, §3; RFC 6962, section 2.1)
def node(left, right): return sha256(b"\1" + left + right)
def left_part(size): return 1 << (size - 1).bit_length() - 1        # how many leaves lie below the left child
def included_root(index, size, leaf, path):     # the root that an inclusion proof leads to
    if size == 1: return must(path == []) or leaf
    cut, (*path, other) = left_part(size), path
    if index < cut: return node(included_root(index, cut, leaf, path), other)
    return node(other, included_root(index - cut, size - cut, leaf, path))
def consistent_roots(old, size, path):          # both roots; a proof begins with a node that both trees have
    *path, other = path
    if old == size: return must(path == []) or (other, other)
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
class Note:
    """A checkpoint in a signed note: three lines, an empty one, and its signatures."""
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
    must(strict64(raw).startswith(bytes([0, 0, 0, len(kind)]) + kind.encode()))
    return strict64(raw)
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
        self.folder, self.records, self.streams, self.kinds, self.at, self.first = folder, [], {}, {}, {}, {}
        self.grants, self.ends, self.acts, self.identities, self.erased, self.boot = [], [], [], [], [], set()
        self.nodes, self.note, self.release, self.bootstrap = {}, None, None, None
        self.findings, self.weighty = [], []    # the latter make every gate that reads their stream no better
    def read(self, name):               # a file of the bundle; without it the log is broken
        try: return read_file(self.folder / name)
        except UNREADABLE: raise Fault(BROKEN, None, "bundle.file", name)
    def load(self):                     # rule 1 but for the key: files, records, chain, root or proofs
        note = self.note = attempt(None, Note, self.read("checkpoint"))
        need("checkpoint", None, form=note)
        manifest, (*lines, rest) = attempt({}, json.loads, self.read("MANIFEST.json")), self.read(
            "records.jsonl").split(b"\n")
        told = {"format": "ledger-bundle/v1", "origin": note.origin, "size": note.size,
                "root": encode64(note.root), "records": len(lines)}
        members = "evidence erased release " + " ".join(told)
        fits = exactly(manifest, members) and same(manifest, {**manifest, **told})
        need("bundle", None, lines=lines and rest == b"")
        need("bundle", None, manifest=fits and form("text", manifest["release"] or ""))
        self.release = manifest["release"]
        for place, line in enumerate(lines): self.link(line, place, self.records[-1:])
        whole = note.size == len(lines) and note.root == self.tree(0, note.size)
        need("log", None, root=whole or self.release)
        for r in self.records if self.release else []:
            proof = self.read(f"proofs/{r.index}.tlog-proof")
            need("log", r, proof=attempt(False, self.is_included, r, proof))
    def link(self, line, place, last):  # a record that follows those before it (§1), or belongs here (§6)
        data, whole = attempt(None, parse, line), self.release is None
        good = exactly(data, RECORD) and len(line) <= 65535 and all(form(m, data[m]) for m in data)
        need("log", Record(index=place, stream=""), record=good)
        r = Record(**data, leaf=sha256(b"\0" + line), effect=True)
        before = [s.leaf for s in last if s.index == r.index - 1]
        if r.index == 0: before = [sha256(str(r["origin"]).encode())]
        stream, kind = self.streams.setdefault(r.stream, []), self.kinds.setdefault(r.type, [])
        need("log", r, index=r.index == place if whole or not last else r.index > last[0].index,
             prev=before in ([], [bytes.fromhex(r.prev)]), cause=r.cause is None or r.cause < r.index,
             time=not last or last[0].time <= r.time, id=r.id not in self.first,
             revision=r.revision == len(stream) + 1,
             stream=whole or r.stream[:8] != "release/" or r.stream[8:] == self.release)
        carried = r["statement"] if isinstance(r["statement"], dict) else {}
        for once in (r.id, str(carried.get("digest")), str(r["nonce"])): self.first.setdefault(once, r.index)
        self.at[r.index] = r
        for group in (self.records, stream, kind): group.append(r)
    def tree(self, low, high):          # the root over the leaves of records[low:high] of a whole log
        if high - low < 2: return self.records[low].leaf if high > low else sha256(b"")
        if (low, high) not in self.nodes:
            cut = low + left_part(high - low)
            self.nodes[low, high] = node(self.tree(low, cut), self.tree(cut, high))
        return self.nodes[low, high]
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
        data, salt = attempt(None, read_file, path), b""
        if salted: salt = attempt(None, read_file, path.with_suffix(".salt"))
        need("evidence", r, file=None if None in (data, salt) else True)
        found = (len(data), len(salt), "sha256:" + sha256(salt + data).hex())
        need("evidence", r, bytes=found == (e["size"], 16 * salted, e["digest"]) or None)
        return data
    def check_evidence(self):           # rule 2: every reference resolves, or was duly erased
        for r, e in ((r, e) for r in self.records for e in objects(r.what)):
            if not {"digest", "media", "name", "size"} <= set(e): continue
            bare = e in (r["statement"], r["signature"], r["report"], r["log"])
            try:
                need("evidence", r, unsalted=None if bare and "salted" in e else True)
                self.content(e, r)
            except Fault as fault:
                erased = [s for s in self.erased if s.index > r.index and e["digest"] in s["digests"]]
                duly = erased and "salted" in e and not bare
                self.findings.append(Fault(None, r, "evidence.erased", e["digest"]) if duly else fault)

    # People, statements and signed acts (§4, §5)
    def held(self, thing, r):           # whether a person is enrolled, or holds a role or a key, at a record
        ends = [end.index for ended, end in self.ends if ended in (thing, ("person", thing[1], None))]
        return any(granted == thing and (g.index < r.index or {g.index, r.index} <= self.boot) and
                   not any(g.index < end < r.index for end in ends) and
                   (g["from"] or "") <= r.time < (g["until"] or "~") for granted, g in self.grants)
    def doubted(self, thing, r):        # whether a later revocation of a key or role reaches behind a record
        return any(ended == thing and end.index > r.index and (end["from"] or "~") <= r.time
                   for ended, end in self.ends)
    def statement(self, r, kind, members):      # its predicate and subject, who signed it, and with which key
        need("statement", r, new=self.first[r["statement"]["digest"]] == r.index)
        data, signature = self.content(r["statement"], r), self.content(r["signature"], r)
        value, bare = attempt({}, parse, data), not {"salted"} & {*r["statement"], *r["signature"]}
        need("statement", r, form=bare and exactly(value, "_type predicate predicateType subject") and
             (value["_type"], value["predicateType"]) == ("https://in-toto.io/Statement/v1", kind) and
             exactly(value["predicate"], members) and exactly(value["predicate"]["seen"], "origin root size"))
        said = value["predicate"]
        who = str(said.get("by", said.get("approver"))).partition("person:")[2]
        keys = {thing for thing, _ in self.grants if thing[:2] == ("key", who) and self.held(thing, r)}
        tried = {key: attempt(False, ssh_verify, key[2], data, signature) for key in keys}
        good = [key for key in tried if tried[key]]
        need("signature", r, good=good != [] or (None if None in tried.values() else False))
        return said, value["subject"], who, good[0]
    def check_seen(self, seen, above, r):       # a tree head in a statement: it lies between two records
        size, root = seen["size"], attempt(None, strict64, seen["root"], 32)
        inside = form("size", size) and above < size <= r.index and seen["origin"] == self.identity(size)[0]
        return failed("seen", r, head=inside,
                      root=bool(inside and root) and attempt(None, self.had_root, size, root))
    def check_act(self, r, signer):     # a signed act: statement, key, and the role of the last column
        said, subject, who, key = self.statement(r, "urn:ledger:act:v1", "by seen stream type")
        body = {m: v for m, v in r.what.items() if m not in ("statement", "signature")}
        voted = self.at.get(r["approval"], r)
        own = signer == "either" and voted.stream == r.stream and voted["approver"] == who
        role = None if own or signer == "tagger" else "admin" if signer == "either" else signer
        things = [key] + [("role", who, role)] * bool(role)
        self.acts.append((r, things))
        meant = [{"digest": {"sha256": sha256(jcs(body)).hex()}, "name": "what"}]
        need("act", r, subject=same(subject, meant),
             scope=same([said["stream"], said["type"]], [r.stream, r.type]), role=self.held(things[-1], r),
             by=all(r[m] == who for m in ("by", "tester", "tagger", "approver") if m in body))
        for fault in self.check_seen(said["seen"], -1, r): raise fault
    def replay(self):                   # gives each record its effect; the bootstrap is judged by its own key
        first, boot = self.records[0], self.streams.get("roster", [])[:3]
        try:
            must([r.type for r in boot] == ["person.enrolled", "key.enrolled", "role.granted"])
            must(same(*[r["person"] for r in boot]) and boot[2]["role"] == "admin")
            for r in boot: self.enroll(r, *r.type.split("."))
            self.boot = {r.index for r in boot}
        except (Fault, *UNREADABLE): self.grants = []
        for r in self.records:
            try: need("record", r, readable=attempt(False, self.take, r))
            except Fault as fault: self.leave_out(r, fault)
        for r in [r for r, things in self.acts if r.effect and any(self.doubted(t, r) for t in things)]:
            self.leave_out(r, Fault(OPEN, r, "act.undoubted"))
        opened = (first.index, first.type, first.effect, first["format"]) == (0, "ledger.opened", True, 1)
        need("log", first, opened=opened)
        if self.boot and all(r.effect is not False for r in boot): self.bootstrap = boot[1]["fingerprint"]
        else: self.weighty.append(Fault("refused", first, "roster.bootstrap"))
    def leave_out(self, r, fault):      # takes the effect from a record, or leaves it open
        unknown, shared = fault.code == "type.known", r.stream[:8] != "release/"
        r.effect = None if fault.verdict == OPEN and not unknown else False
        weighs = unknown or (r.effect is None if shared else r.type in WEIGHTY)
        fault.verdict = fault.verdict if weighs else None
        (self.weighty if weighs else self.findings).append(fault)
    def take(self, r):                  # lets a record take effect: known, in its stream, whole, signed
        stream, signer, members = TYPES.get(r.type, ("", "-", []))
        signs = signer not in ("-", "approver", "tagger") or signer == "tagger" and "statement" in r.what
        times = [form("window", r[m]) for m in ("from", "until") if stream == "roster"]
        if r.type == "gate.bypassed": times.append(form("time", r["until"]))
        need("type", r, known=(r.v == 1 if stream else r["critical"] is not True) or None,
             stream=stream in ("", r.stream.split("/")[0]) and (r.type != "ledger.opened" or r.index == 0))
        need("record", r, members={*members, *["statement", "signature"] * signs} <= {*r.what} and all(times))
        try:
            if signs: self.check_act(r, signer)
        except Fault as fault:
            ends = r.type in ("person.removed", "role.revoked", "key.revoked")
            if fault.verdict == OPEN and not ends: self.apply(r)
            raise
        self.apply(r)
        return True
    def apply(self, r):                 # changes the roster, the log's identity, or what is erased
        lost = r["lost"] if r.type == "ledger.restored" else None
        named = r.type == "pipeline.defined" and f"pipeline/{r['definition'].get('pipeline')}"
        need("ledger", r, lost=lost is None or lost == [r.index, Note(r["from"].encode()).size - 1])
        need("pipeline", r, name=named in (False, r.stream))
        if r.type in TYPES and r.stream == "roster" and r.index not in self.boot:
            self.enroll(r, *r.type.split("."))
        if r.type == "evidence.erased": self.erased.append(r)
        if lost or r.type in ("ledger.opened", "ledger.rekeyed"):
            self.identities.append((r.index, r["origin"], r["key"]))
    def enroll(self, r, noun, verb):    # who is enrolled, and holds which key and role, and where that ends
        name, new, known = r["person"], verb in ("enrolled", "granted"), {thing for thing, _ in self.grants}
        person, thing = ("person", name, None), (noun, name, None if noun == "person" else r[noun])
        owners = [who for kind, who, what in known if kind == "key" == noun and what == r["key"]]
        need("roster", r, person=person not in known if r.type == "person.enrolled" else
             person in known if verb == "revoked" else self.held(person, r))
        need("key", r, fingerprint=noun != "key" or fingerprint(r["key"]) == r["fingerprint"],
             owner=noun != "key" or owners == ([] if new else [name]))
        (self.grants if new else self.ends).append((thing, r))
    def identity(self, size):           # the origin and key of the last record below a size that names them
        return [found for found in self.identities if found[0] < max(size, 1)][-1][1:]
    def check_signature(self, log_key):     # rule 1: origin, key and signature; a key may come from outside
        origin, key = self.identity(self.note.size)
        keys = {self.read("log.vkey").strip(), key.encode() if log_key is None else log_key.strip()}
        need("checkpoint", None, origin=self.note.origin == origin and form("origin", origin),
             key=keys == {key.encode()}, signature=attempt(False, self.note.is_signed, key))
    def check_against(self, data):      # a checkpoint that was kept elsewhere: this log continues it (§3)
        kept = attempt(None, Note, data)
        origin, key = attempt((None, None), lambda: self.identity(kept.size))
        need("against", None, signed=kept and kept.origin == origin and attempt(False, kept.is_signed, key))
        known = kept.size <= self.note.size and attempt(None, self.had_root, kept.size, kept.root)
        need("against", None, root=known is not False)
        if known is None: self.findings.append(Fault(OPEN, None, "against.proof"))

# Releases and gates (§7, rules 3 to 6)
def subject_of(files): return [{"digest": {"sha256": f["sha256"]}, "name": f["name"]} for f in files]
def digest_of(r): return "sha256:" + sha256(jcs(r["definition"])).hex()
def lifetime(text): return datetime.timedelta(minutes=int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]])
def matches(definition, tag):       # `*` matches any run of characters, nothing else is special (§5)
    globs = [".*".join(map(re.escape, glob.split("*"))) for glob in definition["on"]["tags"]]
    return any(re.fullmatch(glob, tag, re.DOTALL) for glob in globs)
@functools.lru_cache(None)
def version_key(version):           # the same for equal versions (§1, PEP 440); others equal only themselves
    match = PEP440.fullmatch(version.strip().lower())
    if not match: return version
    epoch, numbers, pre, pre_number, dash, post, post_number, dev, dev_number, local = match.groups()
    numbers = re.sub(r"(\.0+)*$", "", re.sub(r"\b0+(?=\d)", "", numbers))
    pre = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}.get(pre, pre)
    local = re.sub(r"\b0+(?=\d+\b)", "", re.sub("[_-]", ".", local or ""))
    numbered = [int(n or 0) for n in (epoch, pre_number, dash or post_number, dev_number)]
    return (numbers, pre, bool(dash or post), dev, local, *numbered)

class Release:
    """Judges one release stream. `reasons` are those of each gate, `shared` those of all, `loose` of none."""
    def __init__(self, log, stream):
        self.log, self.stream, self.records = log, stream, log.streams[stream]
        self.reasons, self.gates = {}, {}
        self.shared = [f for f in log.weighty if f.r.stream == stream or f.r.stream[:8] != "release/"]
        self.loose = [f for f in log.findings if f.verdict and f.r and f.r.stream == stream]
        try: need("release", None, readable=attempt(None, self.judge))
        except Fault as fault: self.shared.append(fault)
    def given_up(self): return bool(self.of("release.failed") + self.of("release.superseded"))
    def faults(self): return sum(self.reasons.values(), self.loose + self.shared)
    def describe(self):                 # its verdict, that of each stage, and the reasons
        lines = [f"{self.stream[8:]}: {worst(self.faults())}"]
        for name, gate in self.gates.items():
            verdict = worst(self.reasons[name] + self.shared * bool(gate))
            lines += [f"  {name} ({gate or 'no gate'}): {verdict}"]
            lines += [f"    {fault}" for fault in self.reasons[name]]
        return lines + [f"  {fault}" for fault in self.loose + self.shared]
    def of(self, kind, before=2**60, **what):   # the records of a type that have effect, before an index
        return [r for r in self.records if r.type == kind and r.effect is not False and r.index < before
                and all(same(r[m], v) for m, v in what.items())]
    def judge(self):                    # the definition, each gate, each record
        self.find_definition()
        stages, actor, built = self.definition["stages"], self.tag.actor, self.of("artifact.built")
        self.gates, self.reasons = {n: s.get("gate") for n, s in stages.items()}, {n: [] for n in stages}
        self.built, self.built_at = (built[0]["files"], built[0].index) if built else ([], 2**60)
        self.taggers = {self.tag["tagger"], actor[7:] if actor.startswith("person:") else self.tag["tagger"]}
        for r in [r for r in self.records if r.effect is not False]: self.judge_record(r, stages)
        for name in [name for name in stages if "gate" in stages[name]]: self.judge_gate(name, stages[name])
        for name in stages: self.check_attempts(name, stages[name].get("gate"))
        return True
    def find_definition(self):          # `tag.pushed` (rule 6), the version (§1), D in force (rule 3, §5)
        tags = [r for r in self.records if r.type == "tag.pushed" and r.v == 1]
        need("tag", None, pushed=tags)
        tag, project = tags[0], self.stream[:self.stream.rindex("/") + 1]
        before = {kind: [r for r in records if r.index < tag.index and r.effect is not False]
                  for kind, records in self.log.kinds.items() if kind in ("tag.pushed", "pipeline.defined")}
        taken = [r for r in before["tag.pushed"] if r.stream.startswith(project)
                 and version_key(r["version"]) == version_key(tag["version"])]
        latest = [*{r.stream: r for r in before.get("pipeline.defined", [])}.values()]
        fit = [r for r in latest if attempt(True, matches, r["definition"], tag["tag"])]
        self.shared += failed("tag", tag, first=len(tags) == 1 == tag.revision, effect=tag.effect,
                              version=taken == [], stream=project + str(tag["tag"]) == self.stream and
                              tag["project"] == project.split("/")[1])
        self.shared += failed("pipeline", tag, matching=fit != [], only=len(fit) < 2 or None)
        candidates = [r for r in fit if digest_of(r) == tag["pipeline"]] + fit + latest
        need("pipeline", tag, defined=candidates)
        d = candidates[0]
        self.tag, self.definition, self.policy, self.pipeline = tag, d["definition"], digest_of(d), d.stream
        self.shared += failed("pipeline", d, digest=d["digest"] == self.policy)
        self.shared += failed("pipeline", tag, tagged=tag["pipeline"] == self.policy)
    def judge_gate(self, name, stage):  # each start (rule 3); a gate not understood is indeterminate (§5)
        gate, starts = self.definition["gates"].get(stage["gate"]), self.of("stage.started", stage=name)
        members = {"approvals", "roles", "separate"}
        known = isinstance(gate, dict) and members <= set(gate) <= members | {"expires", "requires"} and all(
            form(m, gate[m]) for m in gate)
        self.reasons[name] += failed("gate", None, known=known or None)
        if not starts: self.reasons[name].append(Fault("pending", None, "gate.started"))
        for start in starts if known else []: self.reasons[name] += self.judge_start(name, stage, gate, start)
    def judge_start(self, name, stage, gate, start):    # the mandate, the votes before it, a bypass of it
        of_gate, needed = {"gate": stage["gate"], "attempt": start["attempt"]}, gate["approvals"]
        tests, faults = self.mandate(gate, start)
        opened = (self.of("gate.opened", start.index, stage=name, **of_gate) or [None])[0]
        if not opened: faults.append(Fault(None, start, "gate.opened"))
        if opened: faults += failed(
            "gate", opened, policy=opened["policy"] == self.policy, heads=self.heads(opened),
            nonce=form("nonce", opened["nonce"]) and self.log.first[opened["nonce"]] == opened.index)
        if "tagger" in gate["separate"] and "statement" not in self.tag.what:
            faults.append(Fault(None, start, "tagger.asserted"))
        votes = [r for kind in ("gate.approved", "gate.rejected") for r in self.of(
            kind, start.index, **of_gate) if opened]
        found = [(r, self.weigh(r, opened, start, stage, gate, tests)) for r in votes]
        for r, wrong in found:
            counted = Fault(None, r, r.type, f"{r['approver']}, with the key {r['fingerprint']}")
            faults += [Fault(None, r, f.code, f.detail[2:]) for f in wrong or [counted]]
        sure, maybe = ({(r.type, r["approver"]) for r, wrong in found if {f.verdict for f in wrong} <= some}
                       for some in (set(), {OPEN}))
        yes, many = (sum(kind == "gate.approved" for kind, _ in some) for some in (sure, maybe))
        verdict = "refused" if many < needed or len(sure) > yes else (
            OPEN if yes < needed or len(maybe) > many else "satisfied")
        bypasses = self.of("gate.bypassed", start.index, **of_gate)
        effects = {r.effect for r in bypasses if start.time < r["until"]}
        if verdict == "refused" and effects: verdict = "bypassed" if True in effects else OPEN
        return faults + [Fault(verdict, start, f"gate.{verdict}", f"{yes} of {needed} approvals")]
    def heads(self, r):                 # whether `heads` are the log's, or None; a part must reach them (§6)
        streams = {"ledger": "ledger", "roster": "roster", "pipeline": self.pipeline}
        heads = {n: [s.index for s in self.log.streams.get(stream, [])] for n, stream in streams.items()}
        reached = all(r["heads"][n] <= len(heads[n]) for n in heads)
        need("bundle", r, heads=reached or self.log.release is None)
        return same(r["heads"], {n: sum(index < r.index for index in heads[n]) for n in heads}) or None
    def mandate(self, gate, r):         # the install tests required at a record, and what is wrong (rule 4)
        tests, faults, built = [], [], {*map(jcs, self.built)}
        for target in [required["install-test"] for required in gate.get("requires", [])]:
            published, tested = (self.of(kind, r.index, target=target)[-1:]
                                 for kind in ("artifact.published", "install.tested"))
            faults += failed("mandate", r, tested=tested != [])
            for test in tested:
                url = self.definition["targets"].get(target, {}).get("index")
                files = {*map(jcs, test["files"])}
                faults += failed("mandate", test, fresh=published and published[0].index < test.index,
                                 passed=test["verdict"] == "passed", index=test["index"] == url,
                                 files=files and files <= built, effect=test.effect)
            tests += tested
        return tests, faults
    def weigh(self, vote, *context):    # what is wrong with an approval or a rejection; nothing if it counts
        try: return attempt([Fault("refused", vote, "statement.readable")], self.vote, vote, *context)
        except Fault as fault: return [fault]
    def vote(self, vote, opened, start, stage, gate, tests):    # the clauses of rule 3, one after the other
        log, who, yes, target = self.log, vote["approver"], vote.type == "gate.approved", stage.get("target")
        said, subject, _, key = log.statement(vote, "urn:ledger:release-approval:v1", APPROVAL)
        of_gate, verb = {m: vote[m] for m in ("gate", "attempt")}, "approve" if yes else "reject"
        meant = {**of_gate, "approver": f"person:{who}", "decision": verb, "nonce": opened["nonce"],
                 "policy": self.policy, "release": self.stream[8:], "target": target,
                 "meaning": f"I {verb} publication of exactly these files to {target}."}
        (before, faults), barred = (self.mandate(gate, vote), gate["separate"]) if yes else (([], []), [])
        shown = {e["index"]: e["leaf"] for e in said["evidence"] if exactly(e, "index leaf")}
        exact = [*shown] == sorted(shown) and len(shown) == len(said["evidence"]) and all(
            form("index", i) and i < said["seen"]["size"] for i in shown) and all(
            log.at[i].leaf.hex() == shown[i] for i in shown if i in log.at)
        built = [r.index for r in self.of("artifact.built", vote.index) if subject_of(r["files"]) == subject]
        named = exact and {r.index for r in [opened] + before} <= {*shown} and {*built} & {*shown}
        roles = [role for role in (("role", who, name) for name in gate["roles"])
                 if log.held(role, vote) and log.held(role, start)]
        ends = [r.effect for r in self.of("approval.withdrawn", start.index, approval=vote.index, **of_gate)
                if r.index > vote.index]
        over = [r for r in self.of("gate.expired", vote.index, **of_gate) if r.index > opened.index]
        lives = moment(said["expires"]) - moment(vote.time)
        enrolled = all(log.held(("person", name, None), self.tag) for name in self.taggers)
        testers = [test["tester"] for test in tests + before]
        return faults + log.check_seen(said["seen"], opened.index, vote) + failed(
            "approval", vote, **{m: same(said[m], meant[m]) for m in meant},
            comment=form("text", said["comment"]), after=opened.index < vote.index, before_expiry=not over,
            subject=same(subject, subject_of(start["files"]), subject_of(opened["files"])),
            evidence=named and ({*shown} <= {*log.at} or None),
            expires=form("time", said["expires"]) and start.time < said["expires"],
            lifetime="expires" not in gate or lives <= lifetime(gate["expires"]),
            fingerprint=vote["fingerprint"] == fingerprint(key[2]), role=roles != [],
            key=log.held(key, start), key_undoubted=None if log.doubted(key, vote) else True,
            role_undoubted=None if roles and all(log.doubted(role, vote) for role in roles) else True,
            human=any(thing == ("person", who, None) and g["kind"] == "human" for thing, g in log.grants),
            not_the_tagger="tagger" not in barred or who not in self.taggers,
            tagger_known="tagger" not in barred or enrolled or None,
            not_the_tester="tester" not in barred or who not in testers,
            not_withdrawn=not any(ends) and (None not in ends or None), heads=self.heads(vote))
    def judge_record(self, r, stages):  # one artifact (rule 5), publications (rule 3), starts (rule 6)
        published, started, stage = r.type == "artifact.published", r.type == "stage.started", str(r["stage"])
        later = started and r.index > self.built_at
        lists = published or later or r.type in ("artifact.built", "gate.opened")
        plan, starts = stages.get(stage, {}), self.of("stage.started", r.index, stage=r["stage"])
        needs, heads = plan.get("needs", []), form("what", r["heads"]) and r.type in TYPES and self.heads(r)
        faults = failed("artifact", r, **{m: form("files", self.built) and same(r[m], self.built)
                                          for m in ["files"] * lists + ["observed"] * published})
        if published: faults += failed(
            "publish", r, target=plan.get("target", 0) == r["target"],
            started=any(same(s["attempt"], r["attempt"]) for s in starts),
            late=r["how"] == "uploaded" or r["how"] == "already-present" and len(starts) > 1 or None)
        if started: faults += failed(
            "start", r, stage=stage in stages, heads=heads or None,
            needs=form("texts", needs) and all(self.of("stage.succeeded", r.index, stage=s) for s in needs))
        (self.reasons[stage] if self.gates.get(stage) else self.loose).extend(faults)
    def check_attempts(self, stage, gate):      # attempts, epochs that break §5 are findings (rule 6)
        now, epoch, ended = 1, 0, False
        for r in self.records:
            here = r["stage"] == stage if r["stage"] else gate and r["gate"] == gate
            if not here or not r["attempt"]: continue
            retried, started = r.type == "stage.retried", r.type == "stage.started"
            if r["attempt"] != now + retried or retried and not ended or started and r["epoch"] <= epoch:
                self.log.findings.append(Fault(None, r, "attempt.order"))
            ended = not retried and (ended or r.type in ENDS)
            now, epoch = r["attempt"] if retried else now, r["epoch"] if started else 0 if retried else epoch

# The answer
def worst(faults): return RANK[max((RANK.index(f.verdict) for f in faults), default=0)] or "not applicable"
def verify(folder, log_key=None, against=()):   # the exit code, and the lines to print; the last one sums up
    log, releases = Log(pathlib.Path(folder)), []
    try:
        for step in (log.load, log.replay, lambda: log.check_signature(log_key), log.check_evidence):
            need("log", None, readable=attempt(False, lambda: [step()]))
        for kept in against: log.check_against(kept)
        releases = [Release(log, stream) for stream in log.streams if stream.startswith("release/")]
    except Fault as fault: log.findings.append(fault)
    faults = log.findings + log.weighty + [f for r in releases for f in r.faults()]
    verdict, note = worst(faults), log.note
    lines = [f"Ledger {note.origin}, size {note.size}, root {encode64(note.root)}."] if note else []
    lines += [f"First key {log.bootstrap}."] if log.bootstrap else []
    lines += ["self-consistent, origin not authenticated"] if not log_key and verdict != BROKEN else []
    if log.release: lines += [f"as of revision {len(r.records)} of {r.stream}" for r in releases]
    for r in releases if verdict != BROKEN else []: lines += r.describe()
    told = faults if verdict == BROKEN else log.findings + log.weighty
    lines += dict.fromkeys(f"finding {fault}" for fault in told)
    waits = [r for r in releases if worst(r.faults()) == "pending" and not r.given_up()]
    code = 0 if verdict == "pending" and not waits else EXITS.get(verdict, 0 if releases else 6)
    summary = verdict if verdict in EXITS else {0: "proven", 6: "nothing to verify"}[code]
    return code, ["".join(c if c.isprintable() else "?" for c in line) for line in lines + [summary]]
def main():     # reads the arguments, prints the answer, returns the exit code
    here, parser = pathlib.Path(__file__).resolve().parent, argparse.ArgumentParser()
    parser.add_argument("folder", metavar="BUNDLE", nargs="?", default=here, help="else this file's folder")
    parser.add_argument("--log-key", metavar="FILE", help="the log's verifier key, got from outside")
    parser.add_argument("--against", metavar="CHECKPOINT", action="append", default=[], help="kept elsewhere")
    given = parser.parse_args()
    if not pathlib.Path(given.folder).is_dir(): parser.error(f"there is no folder {given.folder}")
    try:
        log_key = given.log_key and pathlib.Path(given.log_key).read_bytes()
        against = [pathlib.Path(name).read_bytes() for name in given.against]
    except OSError as error: parser.error(f"cannot read {error.filename}: {error.strerror}")
    code, lines = verify(given.folder, log_key, against)
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    print("\n".join(lines))
    return code

if __name__ == "__main__":
    sys.exit(main())
