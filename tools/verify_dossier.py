#!/usr/bin/env python3
"""Checks a dossier: all events of one person in a tamper-evident log, with proofs.

Needs Python 3.8 or later and nothing else: no network, no database, no further package.
A dossier is a directory or a zip file. Exit status: 0 accepted, 1 refused, 2 wrong usage.

    python3 verify_dossier.py --log-key KEY [--witness KEY ...] [--quorum N] DOSSIER ...

This is the second, independent implementation of the rules in docs/ledger.md; the first is the Rust crate
`ledger`. Each function refuses by raising Refused; what is not refused has been checked.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
import unicodedata
import zipfile
from datetime import date, datetime, timezone

MAX_INTEGER = 2**53 - 1
MAX_ENVELOPE = 4096
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 100
MAX_PATH = 53
MAX_TOTAL = 512 * 1024 * 1024
LOG, WITNESS = 1, 4


class Refused(Exception):
    """Why the dossier is not accepted, in English and Chinese."""

    def __init__(self, name, en, zh):
        super().__init__("%s: %s / %s" % (name, en, zh))


# Ed25519 (RFC 8032), verification only. Slow and simple: two or three signatures are checked in all.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_mul(n, point):
    out = NEUTRAL
    while n:
        if n & 1:
            out = point_add(out, point)
        point = point_add(point, point)
        n >>= 1
    return out


def point_eq(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_decode(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def base_point():
    return point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verifies(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point_decode(key), point_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    # Points of small order would let one signature pass for several messages.
    if point_eq(point_mul(8, a), NEUTRAL) or point_eq(point_mul(8, r), NEUTRAL):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return point_eq(point_mul(s, base_point()), point_add(r, point_mul(k, a)))


# Hashes and the tree (RFC 6962).


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def root_of(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def included(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    node, last, found, rest = index, size - 1, leaf, list(path)
    while last:
        if node & 1 or node < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            found = node_hash(sibling, found) if node & 1 else node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return not rest and found == root


def unbase64(text, length=None):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    # Python ignores unused bits; one value must have one spelling.
    if base64.b64encode(data).decode() != text or (length is not None and len(data) != length):
        return None
    return data


# Canonical JSON (RFC 8785, restricted): read only if it would be written in the same way.


def canonical(value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def is_canonical(value, depth=127):
    """Whether each part has a canonical form; `depth` is how many levels of lists and objects may follow."""
    if isinstance(value, (list, dict)) and depth == 0:
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value) == value
    if isinstance(value, list):
        return all(is_canonical(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return all(re.fullmatch("[a-z0-9_]+", k) and is_canonical(v, depth - 1) for k, v in value.items())
    return False


def read_json(data):
    """The value, or None if the bytes are not the canonical form of one."""
    try:
        value = json.loads(data.decode("utf-8"))
        if is_canonical(value) and canonical(value) == data:
            return value
    except (ValueError, RecursionError):
        pass
    return None


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


def is_version_1(value):
    return is_count(value) and value == 1


# Notes, checkpoints, proof files (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof).


class Key:
    def __init__(self, name, kind, data):
        self.name, self.kind, self.data = name, kind, data
        self.id = sha256(name.encode(), b"\n", bytes([kind]), data)[:4]

    @staticmethod
    def parse(text):
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            return None
        data = unbase64(parts[2], 33)
        if data is None or data[0] not in (LOG, WITNESS) or point_decode(data[1:]) is None:
            return None
        key = Key(parts[0], data[0], data[1:])
        return key if key.id.hex() == parts[1] else None

    def __str__(self):
        data = base64.b64encode(bytes([self.kind]) + self.data).decode()
        return "%s+%s+%s" % (self.name, self.id.hex(), data)

    def verify(self, text, signature):
        if self.kind == LOG:
            return ed25519_verifies(self.data, text.encode(), signature)
        time = int.from_bytes(signature[:8], "big")
        message = "cosignature/v1\ntime %d\n%s" % (time, text)
        return time < 2**63 and ed25519_verifies(self.data, message.encode(), signature[8:])


def is_key_name(name):
    return name != "" and not any(c.isspace() or c == "+" or unicodedata.category(c) == "Cc" for c in name)


def open_note(data, keys):
    """The text of a note and those of the keys that signed it; None if it is not one or a known key's fails."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(data) > MAX_NOTE or any(byte < 0x20 and byte != 0x0A for byte in data):
        return None
    text, empty, lines = whole.rpartition("\n\n")
    if not empty or not text or not lines.endswith("\n"):
        return None
    text, signed = text + "\n", []
    lines = lines[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        return None
    for line in lines:
        parts = line.split(" ", 2)
        if len(parts) != 3 or parts[0] != "\u2014" or not is_key_name(parts[1]):
            return None
        data = unbase64(parts[2])
        if data is None or len(data) < 5:
            return None
        key = next((key for key in keys if key.name == parts[1] and key.id == data[:4]), None)
        if key is None:
            continue
        if not key.verify(text, data[4:]):
            return None
        if key not in signed:
            signed.append(key)
    return text, signed


def read_checkpoint(text):
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or "" in lines:
        return None
    origin, size, root = lines[0], lines[1], unbase64(lines[2], 32)
    if not re.fullmatch("0|[1-9][0-9]{0,15}", size, re.ASCII) or int(size) > MAX_INTEGER or root is None:
        return None
    return origin, int(size), root


def read_proof(data):
    try:
        head, empty, checkpoint = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        return None
    lines = head.split("\n")
    if not empty or len(lines) < 2 or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) > 2 + MAX_PATH:
        return None
    index = re.fullmatch("index (0|[1-9][0-9]{0,15})", lines[1], re.ASCII)
    path = [unbase64(line, 32) for line in lines[2:]]
    if not index or None in path or int(index.group(1)) > MAX_INTEGER:
        return None
    return int(index.group(1)), path, checkpoint


# Envelopes.

REQUIRED = "actor app blob body_n body_root cites event_id kind occurred_precision org origin recorded_at rules seq v"
OPTIONAL = "intent key_ref late occurred_on second subj subj_n subj_prev"


def has_keys(value, required, optional=""):
    if not isinstance(value, dict):
        return False
    required, optional = set(required.split()), set(optional.split())
    return required <= set(value) <= required | optional


def is_ascii(value):
    return isinstance(value, str) and re.fullmatch("[ -~]+", value) is not None


def is_hash(value):
    return isinstance(value, str) and unbase64(value, 32) is not None


def is_event_id(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) is not None


def is_actor(value):
    return has_keys(value, "auth id org role") and all(is_ascii(text) for text in value.values())


def is_date(value):
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_intent(value):
    return (
        has_keys(value, "alg digest key_id sig")
        and is_hash(value["digest"])
        and all(is_ascii(value[key]) for key in ("alg", "key_id", "sig"))
    )


def is_late(value):
    return (
        has_keys(value, "class days", "reason_ref")
        and is_ascii(value["class"])
        and is_count(value["days"])
        and ("reason_ref" not in value or is_ascii(value["reason_ref"]))
    )


def is_chain_link(value):
    if "subj" not in value:
        return "subj_n" not in value and "subj_prev" not in value
    n = value.get("subj_n")
    if not is_ascii(value["subj"]) or not is_count(n) or n == 0:
        return False
    return is_hash(value.get("subj_prev")) if n > 1 else "subj_prev" not in value


def read_envelope(data, name):
    value = read_json(data) if len(data) <= MAX_ENVELOPE else None
    good = (
        has_keys(value, REQUIRED, OPTIONAL)
        and is_version_1(value["v"])
        and all(is_ascii(value[key]) for key in ("app", "kind", "org", "origin"))
        and all(is_hash(value[key]) for key in ("blob", "body_root", "rules"))
        and all(is_count(value[key]) for key in ("recorded_at", "seq"))
        and is_count(value["body_n"])
        and value["body_n"] < 2**32
        and isinstance(value["cites"], list)
        and all(is_hash(cite) or is_event_id(cite) for cite in value["cites"])
        and is_event_id(value["event_id"])
        and is_actor(value["actor"])
        and ("second" not in value or is_actor(value["second"]))
        and ("intent" not in value or is_intent(value["intent"]))
        and ("late" not in value or is_late(value["late"]))
        and ("key_ref" not in value or is_ascii(value["key_ref"]))
        and value["occurred_precision"] in ("day", "month", "year", "unknown")
        and ("occurred_on" in value) == (value["occurred_precision"] != "unknown")
        and ("occurred_on" not in value or is_date(value["occurred_on"]))
        and is_chain_link(value)
    )
    if not good:
        raise Refused(name, "not an envelope in canonical form", "不是规范格式的事件")
    return value


# Fields.


def field_digest(field):
    name, salt = field["name"].encode(), unbase64(field["salt"], 32)
    length = len(name).to_bytes(4, "big")
    return sha256(b"miaopu/field/v1\0", salt, length, name, canonical(field["value"]))


def is_field(field):
    if has_keys(field, "digest"):
        return is_hash(field["digest"])
    return has_keys(field, "name salt value") and isinstance(field["name"], str) and is_hash(field["salt"])


def read_fields(data, envelope, name):
    """The list of fields, or None if the body was erased."""
    value = read_json(data)
    if has_keys(value, "erased v") and value["erased"] is True and is_version_1(value["v"]):
        return None
    good = has_keys(value, "fields v") and is_version_1(value["v"]) and isinstance(value["fields"], list)
    if not good or not all(is_field(field) for field in value["fields"]):
        raise Refused(name, "not in its form", "格式不符")
    fields = value["fields"]
    digests = [unbase64(f["digest"]) if "digest" in f else field_digest(f) for f in fields]
    root = root_of([leaf_hash(digest) for digest in digests])
    if len(fields) != envelope["body_n"] or root != unbase64(envelope["body_root"]):
        raise Refused(name, "not the fields that the event commits to", "字段与事件所承诺的不符")
    return fields


# The dossier.

SINGLE = [
    "READ-ME-FIRST.txt", "checkpoint.txt", "index/entry.json", "index/event.json", "index/event.tlog-proof",
    "index/fields.json", "log-key.txt", "verify.py",
]  # fmt: skip
ATTACHMENT = re.compile(r"attachments/[A-Za-z0-9_-][A-Za-z0-9._-]*")


def read_files(path):
    files, total = {}, 0
    if os.path.isdir(path):
        for folder, _, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as handle:
                    files[os.path.relpath(full, path).replace(os.sep, "/")] = handle.read()
        return files
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            total += item.file_size
            if item.filename in files or total > MAX_TOTAL:
                raise Refused(item.filename, "a name twice, or too large", "文件重名或过大")
            if not item.is_dir():
                files[item.filename] = archive.read(item)
    return files


class Dossier:
    def __init__(self, files, log_key, witnesses, quorum):
        self.files, self.trusted, self.witnesses, self.quorum = files, log_key, witnesses, quorum
        self.shown = self.hidden = self.erased = 0

    def file(self, name):
        if name not in self.files:
            raise Refused(name, "missing", "缺失")
        return self.files[name]

    def check(self):
        self.read_manifest()
        self.read_key()
        self.check_files()
        self.open_checkpoint()
        last = None
        for n in range(1, self.manifest["events"] + 1):
            last = self.check_event(n, last)
        self.check_index(last)

    def read_manifest(self):
        value = read_json(self.file("manifest.json"))
        good = (
            has_keys(value, "events files made_at origin purpose recipient subj v")
            and is_version_1(value["v"])
            and is_count(value["events"])
            and value["events"] > 0
            and is_count(value["made_at"])
            and all(isinstance(value[key], str) for key in ("origin", "purpose", "recipient", "subj"))
            and isinstance(value["files"], list)
        )
        good = good and all(
            has_keys(item, "name sha256")
            and isinstance(item["name"], str)
            and isinstance(item["sha256"], str)
            and re.fullmatch("[0-9a-f]{64}", item["sha256"])
            for item in value["files"]
        )
        names = [item["name"].encode() for item in value["files"]] if good else []
        if not good or names != sorted(set(names)):
            raise Refused("manifest.json", "not in its form", "格式不符")
        self.manifest = value

    def read_key(self):
        try:
            text = self.file("log-key.txt").decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        self.key = Key.parse(text[:-1]) if text.endswith("\n") else None
        agreed = self.key and (self.trusted is None or str(self.trusted) == str(self.key))
        if not agreed or self.key.kind != LOG or self.key.name != self.manifest["origin"]:
            raise Refused("log-key.txt", "not the key by which to judge", "不是应据以判断的账本公钥")

    def check_files(self):
        digest = base64.b64encode(sha256(self.file("manifest.json"))).decode()
        opened = open_note(self.file("manifest.note"), [self.key])
        if not opened or not opened[1] or opened[0] != "miaopu-dossier/v1\n%s\n" % digest:
            raise Refused("manifest.note", "not a signature of the manifest", "不是对清单的签名")
        listed = {item["name"]: item["sha256"] for item in self.manifest["files"]}
        expected = set(SINGLE)
        for n in range(1, min(self.manifest["events"], len(self.files)) + 1):
            expected |= {"events/%04d.json" % n, "fields/%04d.json" % n, "proofs/%04d.tlog-proof" % n}
        for name in sorted(expected | set(listed)):
            data = self.file(name)
            if name not in listed or hashlib.sha256(data).hexdigest() != listed[name]:
                raise Refused(name, "not the file that was signed for", "与签发时不一致")
        for name in sorted(set(self.files) - expected - {"manifest.json", "manifest.note"}):
            if name not in listed or not ATTACHMENT.fullmatch(name):
                raise Refused(name, "does not belong to the dossier", "不属于本卷宗")

    def open_checkpoint(self):
        data = self.file("checkpoint.txt")
        opened = open_note(data, [self.key] + self.witnesses)
        head = read_checkpoint(opened[0]) if opened and self.key in opened[1] else None
        if head is None or head[0] != self.manifest["origin"]:
            raise Refused("checkpoint.txt", "not a signed checkpoint of this log", "不是本账本的签名检查点")
        self.cosigned = [key.name for key in opened[1] if key.kind == WITNESS]
        if len(self.cosigned) < self.quorum:
            raise Refused("checkpoint.txt", "too few trusted witnesses", "受信见证不足")
        self.size, self.root, self.checkpoint = head[1], head[2], data.decode()

    def check_proof(self, name, seq, leaf):
        proof = read_proof(self.file(name))
        if proof is None or proof[0] != seq or proof[2] != self.checkpoint:
            raise Refused(name, "not a proof for this event and checkpoint", "不是该事件与检查点的证明")
        if not included(seq, self.size, leaf, proof[1], self.root):
            raise Refused(name, "does not lead to the checkpoint", "不能证明该事件在账本中")

    def check_event(self, n, last):
        name = "events/%04d.json" % n
        data = self.file(name)
        envelope, leaf = read_envelope(data, name), leaf_hash(data)
        prev = base64.b64encode(last["leaf"]).decode() if last else None
        linked = (
            envelope["origin"] == self.manifest["origin"]
            and envelope.get("subj") == self.manifest["subj"]
            and envelope.get("subj_n") == n
            and envelope.get("subj_prev") == prev
        )
        if last:
            later = last["seq"] < envelope["seq"] and last["recorded_at"] <= envelope["recorded_at"]
            linked = linked and later
        if not linked:
            raise Refused(name, "does not continue this person's chain", "未接续此人的上一事件")
        self.check_proof("proofs/%04d.tlog-proof" % n, envelope["seq"], leaf)
        name = "fields/%04d.json" % n
        fields = read_fields(self.file(name), envelope, name)
        if fields is None:
            self.erased += 1
        else:
            hidden = sum("digest" in field for field in fields)
            self.hidden, self.shown = self.hidden + hidden, self.shown + len(fields) - hidden
        return {"leaf": leaf, "seq": envelope["seq"], "recorded_at": envelope["recorded_at"]}

    def check_index(self, last):
        name = "index/event.json"
        data = self.file(name)
        envelope = read_envelope(data, name)
        fields = read_fields(self.file("index/fields.json"), envelope, "index/fields.json")
        names = [field.get("name") for field in fields] if fields is not None else []
        if envelope["kind"] != "index.root" or envelope["origin"] != self.manifest["origin"]:
            raise Refused(name, "not an index of this log", "不是本账本的索引")
        if names != ["covers", "root", "subjects"]:
            raise Refused("index/fields.json", "states no index", "未载明索引")
        covers, root, subjects = (field["value"] for field in fields)
        if not is_count(covers) or not is_count(subjects) or not is_hash(root):
            raise Refused("index/fields.json", "states no index", "未载明索引")
        if covers != envelope["seq"] or last["seq"] >= covers:
            raise Refused(name, "does not cover the last event", "未覆盖最后一个事件")
        self.check_entry(unbase64(root), subjects, last)
        self.check_proof("index/event.tlog-proof", envelope["seq"], leaf_hash(data))
        self.as_of = envelope["recorded_at"]

    def check_entry(self, root, subjects, last):
        name = "index/entry.json"
        entry = read_json(self.file(name))
        good = (
            has_keys(entry, "count head path position v")
            and is_version_1(entry["v"])
            and is_count(entry["count"])
            and is_count(entry["position"])
            and is_hash(entry["head"])
            and isinstance(entry["path"], list)
            and all(is_hash(step) for step in entry["path"])
        )
        if not good:
            raise Refused(name, "not in its form", "格式不符")
        head = unbase64(entry["head"])
        if entry["count"] != self.manifest["events"] or head != last["leaf"]:
            raise Refused(name, "states another number of events", "所载事件总数或最后事件不符")
        origin, subject = self.manifest["origin"].encode(), self.manifest["subj"].encode()
        blind = sha256(b"miaopu/index-subject/v1\0", origin, b"\0", subject)
        leaf = leaf_hash(b"miaopu/index/v1\0" + blind + entry["count"].to_bytes(8, "big") + head)
        path = [unbase64(step) for step in entry["path"]]
        if not included(entry["position"], subjects, leaf, path, root):
            raise Refused(name, "the entry is not in the index", "索引中没有此条目")

    def summary(self):
        moment = datetime.fromtimestamp(self.as_of / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
        lines = [
            "log 账本: %s, size 规模 %d" % (self.key.name, self.size),
            "person 对象: %s, events 事件 %d, complete as of 截至 %s" % (self.manifest["subj"], self.manifest["events"], moment),
            "fields 字段: shown 所示 %d, hidden 隐去 %d; erased events 已删除事件 %d" % (self.shown, self.hidden, self.erased),
            "witnesses 见证: %s" % (", ".join(self.cosigned) or "none 无"),
        ]
        if self.trusted is None:
            lines.append("note 注意: the key of the log was taken from the dossier itself 账本公钥取自卷宗本身")
        return lines


def verify(path, log_key=None, witnesses=(), quorum=0):
    """The lines of a summary; raises Refused."""
    try:
        dossier = Dossier(read_files(path), log_key, list(witnesses), quorum)
        dossier.check()
        return dossier.summary()
    except (zipfile.BadZipFile, OSError, ValueError, OverflowError) as error:
        raise Refused(path, "cannot be read: %s" % error, "无法读取")


def main():
    parser = argparse.ArgumentParser(description="Checks dossiers. 核验卷宗。")
    parser.add_argument("--log-key", help="the log's key, name+hash+base64 / 账本公钥")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key / 见证公钥")
    parser.add_argument("--quorum", type=int, default=0, help="how many witnesses must have cosigned / 见证数量")
    parser.add_argument("dossier", nargs="+", help="directory or zip file / 目录或 zip 文件")
    arguments = parser.parse_args()
    keys = [Key.parse(text) for text in [arguments.log_key] * bool(arguments.log_key) + arguments.witness]
    if None in keys:
        parser.error("not a key 不是公钥")
    log_key = keys.pop(0) if arguments.log_key else None
    if any(key.kind != WITNESS for key in keys):
        parser.error("--witness is not the key of a witness 不是见证公钥")
    status = 0
    for path in arguments.dossier:
        try:
            lines = verify(path, log_key, keys, arguments.quorum)
            print("ACCEPTED 通过 %s" % path, *lines, sep="\n  ")
        except Refused as refusal:
            print("REFUSED 不通过 %s" % path, refusal, sep="\n  ")
            status = 1
    return status


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main())
