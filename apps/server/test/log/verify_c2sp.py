"""Checks a tree head and its proofs, written from C2SP signed-note, C2SP tlog-checkpoint, RFC 6962, RFC 9162 section
2.1 and RFC 8032 alone; standard library only. Reads one JSON document from standard input:

  {"vkey": "<name>+<hash>+<key>",
   "checkpoint": "<note>",
   "inclusion": [{"index": n, "leaf": "<base64>", "proof": ["<base64>", ...]}],
   "consistency": [{"older": "<note>", "proof": ["<base64>", ...]}]}

Exits 0 and prints `ok` if everything holds; otherwise exits 1 and says what does not."""

import base64
import hashlib
import json
import sys

# --- RFC 8032, Ed25519 verification -----------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        raise ValueError("point: y out of range")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        raise ValueError("point: not on the curve")
    return P - x if x & 1 != sign else x


def decode_point(data):
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = recover_x(y, number >> 255)
    return (x, y, 1, x * y % P)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        a, r = decode_point(public), decode_point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- C2SP signed-note and tlog-checkpoint -----------------------------------------------------------------------------
def fail(what):
    print(what)
    sys.exit(1)


def open_note(note, vkey):
    """The note's text, if the key signed it."""
    name, key_hash, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if key[0] != 1:
        fail("the key is not of type Ed25519")
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key_id.hex() != key_hash:
        fail("the key's hash is not its own")
    end = note.rindex("\n\n") + 1
    text, signatures = note[:end], note[end + 1 :]
    if not signatures.endswith("\n"):
        fail("the note does not end in a newline")
    for line in signatures[:-1].split("\n"):
        dash, signer, encoded = line.split(" ")
        blob = base64.b64decode(encoded, validate=True)
        if dash == "\u2014" and signer == name and blob[:4] == key_id:
            if ed25519_verify(key[1:], text.encode(), blob[4:]):
                return text
    fail("no signature of the key holds")


def open_checkpoint(note, vkey):
    lines = open_note(note, vkey).split("\n")
    if lines[0] != vkey.split("+", 1)[0]:
        fail("the origin is not the key's name")
    root = base64.b64decode(lines[2], validate=True)
    if str(int(lines[1])) != lines[1] or len(root) != 32:
        fail("the checkpoint has no size and root")
    return int(lines[1]), root


# --- RFC 6962 / RFC 9162 section 2.1 ----------------------------------------------------------------------------------
def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_holds(index, size, leaf, proof, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistency_holds(first, first_root, second, second_root, proof):
    if first == second:
        return proof == [] and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = ([first_root] if first & (first - 1) == 0 else []) + proof
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def main():
    given = json.load(sys.stdin)
    vkey = given["vkey"]
    size, root = open_checkpoint(given["checkpoint"], vkey)
    decode = lambda hashes: [base64.b64decode(h, validate=True) for h in hashes]
    for item in given["inclusion"]:
        leaf = base64.b64decode(item["leaf"], validate=True)
        if not inclusion_holds(item["index"], size, leaf, decode(item["proof"]), root):
            fail(f"entry {item['index']} is not proved to be in the tree")
    for item in given["consistency"]:
        older_size, older_root = open_checkpoint(item["older"], vkey)
        if not consistency_holds(older_size, older_root, size, root, decode(item["proof"])):
            fail(f"the tree is not proved to continue the one of {older_size}")
    print("ok")


main()
