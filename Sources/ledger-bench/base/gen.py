#!/usr/bin/env python3
# The data of the base that ledger-bench measures against. Not edited.
"""Deterministic release-pipeline events, one canonical JSON object a line.

usage: gen.py N OUT [SEED=20261122]
Keys sorted, no spaces, integers only, UTF-8 unescaped  (= RFC 8785 form for this data).
~200 releases are open at a time, 8..40 events each; `seq` counts globally from 1, `ver` in its stream from 1.
The same (N, SEED) always gives the same bytes; a smaller N is a prefix of a larger one.
"""
import json, random, sys

N, OUT = int(sys.argv[1]), sys.argv[2]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 20261122
R = random.Random(SEED)
bits, choice = R.getrandbits, R.choice
B32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TEAMS = ["payments", "search", "edge-proxy", "identity", "billing", "mobile-ios", "catalog", "notify"]
ACTORS = ["ci/runner-%02d@build.example" % i for i in range(24)] + \
         ["ana.souza@example.org", "björn.åkesson@example.org", "li.wei@example.org", "o'neil@example.org"]
ENVS = ["dev", "staging", "canary", "production"]
hx = lambda n: "%0*x" % (n, bits(4 * n))
dig = lambda: "sha256:" + hx(64)

def ulid(ms):
    v = (ms << 80) | bits(80)
    s = ""
    for _ in range(26):
        s = B32[v & 31] + s
        v >>= 5
    return s

def p_created(): return {"base": hx(40), "branch": "release/%d.%d" % (bits(3), bits(5)), "commit": hx(40), "notes": "Automated release cut from main; %d changes since the last tag" % (bits(6) + 1), "tree": hx(40)}
def p_build(): return {"builder": "swift:5.10-jammy@" + dig(), "cache_hit": bool(bits(1)), "commit": hx(40), "duration_ms": bits(20), "log_digest": dig()}
def p_artifact(): return {"digest": dig(), "media_type": "application/vnd.oci.image.manifest.v1+json", "name": "registry.example/%s/app" % choice(TEAMS), "sbom": dig(), "size": bits(28)}
def p_scan(): return {"critical": 0, "db_version": "2026-%02d-%02d" % (1 + bits(3), 1 + bits(4)), "high": bits(2), "low": bits(6), "medium": bits(4), "report": dig(), "scanner": "grype", "subject": dig()}
def p_test(): return {"failed": 0, "flaky": bits(2), "passed": 400 + bits(10), "report": dig(), "skipped": bits(4), "suite": choice(["unit", "integration", "e2e", "contract"]), "subject": dig()}
def p_sign(): return {"cert": dig(), "issuer": "https://oidc.build.example", "predicate": "https://slsa.dev/provenance/v1", "signature": hx(128), "subject": dig()}
def p_approve(): return {"comment": "Reviewed change list and scan report; ok to go to the next stage", "policy": "two-person/v%d" % (1 + bits(2)), "subject": dig(), "ticket": "REL-%d" % bits(16)}
def p_deploy(): return {"digest": dig(), "env": choice(ENVS), "percent": choice([1, 5, 25, 50, 100]), "previous": dig(), "region": choice(["eu-central-1", "us-east-1", "ap-south-1"]), "replicas": 1 + bits(5)}
def p_health(): return {"env": choice(ENVS), "error_ppm": bits(9), "p50_us": 900 + bits(10), "p99_us": 9000 + bits(13), "samples": bits(18), "window_s": 300, "subject": dig(), "probe": "synthetic/checkout-flow", "verdict": "pass"}
KINDS = [("build.finished", p_build), ("artifact.published", p_artifact), ("scan.completed", p_scan), ("test.completed", p_test),
         ("artifact.signed", p_sign), ("approval.granted", p_approve), ("deploy.progressed", p_deploy), ("health.observed", p_health)]

def main():
    ms, rel, open_ = 1790000000000, 0, []
    enc = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    with open(OUT, "wb", buffering=1 << 20) as f:
        for seq in range(1, N + 1):
            ms += 1 + bits(7)
            if len(open_) < 200:
                rel += 1
                s = {"stream": "release/%s/%d.%d.%d" % (choice(TEAMS), 1 + rel // 5000, (rel // 50) % 100, rel), "ver": 0, "left": 8 + bits(5)}
                open_.append(s)
            else:
                i = R.randrange(200)
                s = open_[i]
            s["ver"] += 1
            s["left"] -= 1
            if s["ver"] == 1: typ, pay = "release.created", p_created
            else: typ, pay = choice(KINDS)
            if s["left"] <= 0 and s["ver"] > 1: open_.remove(s)
            f.write(enc({"actor": choice(ACTORS), "id": ulid(ms), "payload": pay(), "seq": seq, "stream": s["stream"],
                         "time": ms * 1000 + bits(9), "trace": hx(32), "type": typ, "v": 1, "ver": s["ver"]}).encode())
            f.write(b"\n")
main()
