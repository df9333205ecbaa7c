"""Writes the hand-made seeds of the corpora: fuzz/corpus/TARGET/seed-NAME.

    make_seeds.py

They come from the test vectors (tests/*/data), from the schemas, and from what clients and servers send.
What fuzzing adds lies beside them under other names; `./run fuzz --minimise` keeps it small.
"""

import base64
import gzip
import os
import re
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def seed(target, name, content):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"seed-{name}"), "wb") as file:
        file.write(content)


def vectors(path):
    """Every hexadecimal value of a file of vectors, as (name, bytes)."""
    with open(os.path.join(ROOT, "tests", path), encoding="ascii") as file:
        text = re.sub(r"#.*", "", file.read())
    for name, value in re.findall(r"^(\w+) *= *((?:[0-9a-fA-F]{2}|\s)+?)\s*(?=^\w|\Z)", text, re.M | re.S):
        digits = re.sub(r"\s", "", value)
        if digits:
            yield name, bytes.fromhex(digits)


def crypto():
    seed("crypto_ige_kernels", "one-block", bytes(64) + b"\x00" + bytes(16))
    seed("crypto_ige_kernels", "shifted", bytes(range(64)) + b"\x05" + bytes(160))
    for number in (0, 1, 2, 4, 0x17ED48941A08F981, (1 << 64) - 59, 4294967291 * 4294967279, 561, 3215031751):
        seed("crypto_pq", f"{number:x}", number.to_bytes(8, "little"))
    with open(os.path.join(ROOT, "tests/crypto/data/rsa_keys.txt"), encoding="ascii") as file:
        bodies = re.findall(r"^(\w+) *=((?:\s+[A-Za-z0-9+/=]+)+?)\s*(?=^\w|^#|^$|\Z)", file.read(), re.M)
    labels = {
        "public_spki": "PUBLIC KEY",
        "public_pkcs1": "RSA PUBLIC KEY",
        "private_pkcs8": "PRIVATE KEY",
        "private_pkcs1": "RSA PRIVATE KEY",
        "private_encrypted": "ENCRYPTED PRIVATE KEY",
    }
    for name, body in bodies:
        label = next((label for ending, label in labels.items() if name.endswith(ending)), None)
        if label:
            lines = "\n".join(body.split())
            text = f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
            seed("crypto_rsa_key", name.replace("_", "-"), text.encode())


def tl():
    plain = b"the quick brown fox " * 20
    seed("tl_gzip", "gzip", b"\x11" + gzip.compress(plain, mtime=0))
    seed("tl_gzip", "zlib", b"\x11" + zlib.compress(plain))
    seed("tl_gzip", "over-the-limit", b"\x04" + gzip.compress(plain, mtime=0))
    seed("tl_gzip", "two-members", b"\x11" + gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0))
    seed("tl_gzip", "truncated", b"\x11" + gzip.compress(plain, mtime=0)[:-3])

    with open(os.path.join(ROOT, "schema/mtproto.tl"), encoding="utf-8") as file:
        service = file.read()
    seed("tl_schema", "service", service.encode())
    for name, text in {
        "polymorph": "vector#1cb5c415 {t:Type} # [ t ] = Vector t;\n---functions---\ninvoke {X:Type} q:!X = X;\n",
        "flags": "a.b#01020304 flags:# x:flags.0?int y:flags.3?Vector<bytes> z:flags.31?true = a.B;\n",
        "repetition": "m {n:#} n*[ n*[ double ] ] = M n;\n",
        "rules": "New A;\nFinal B;\nEmpty C;\n",
        "expressions": "f x:(Maybe (Pair %Int string)) y:%(Vector int) = F (S 3);\n",
        "comment": "// a\n/* b */ c = C; // d",
    }.items():
        seed("tl_schema", name, text.encode())

    for number, (name, content) in enumerate(vectors("tl/data/official_examples.txt")):
        for schema in ("service", "api"):
            seed(f"tl_{schema}_objects", f"example-{number}-{name}", content)
    for number, (name, content) in enumerate(vectors("tl/data/key_exchange.txt")):
        seed("tl_service_objects", f"exchange-{number}-{name}", content)
    for name, text in {
        "object": '{"_": "ping", "ping_id": "12345678901234"}',
        "flags": '{"flags": 3, "dcs": [1, 2], "ok": true, "x": null}',
        "nested": '{"peer": {"_": "inputPeerSelf"}, "ids": [{"_": "inputMessageID", "id": 1}]}',
        "bytes": '{"nonce": "00112233445566778899aabbccddeeff", "data": "AAEC"}',
        "escapes": '{"text": "\\u00e4\\ud83d\\ude00\\n\\"\\\\"}',
        "numbers": "[-1, 2147483648, 9223372036854775807, 1e3, -0.5]",
    }.items():
        for schema in ("service", "api"):
            for choice in (0, 7, 40):
                seed(f"tl_{schema}_json", f"{name}-{choice}", bytes([choice, choice]) + text.encode())


def mtproto():
    for path in ("mtproto/data/sample_a.txt", "mtproto/data/sample_b.txt"):
        for number, (name, content) in enumerate(vectors(path)):
            if content[:8] == bytes(8) and len(content) >= 20:
                seed("mtproto_plain_message", f"{os.path.basename(path)[:8]}-{number}-{name}", content)
    message = (5).to_bytes(8, "little") + (1).to_bytes(4, "little") + (4).to_bytes(4, "little") + b"body"
    limit = (100).to_bytes(2, "little")
    seed("mtproto_container", "empty", limit + bytes.fromhex("dcf8f173") + bytes(4))
    seed("mtproto_container", "two", limit + bytes.fromhex("dcf8f173") + b"\x02\0\0\0" + message * 2)
    key = b"".join(bytes([i]) for i in range(256))
    seed("testdc_auth_key_file", "key", b"# a comment\n" + key.hex().encode() + b"\n\n" + key[::-1].hex().encode() + b"\n")


def transport():
    payload = bytes(8) + b"\0" * 12 + bytes.fromhex("f18e7ebe") + bytes(16)
    intermediate = len(payload).to_bytes(4, "little") + payload
    crc = zlib.crc32
    full = (len(payload) + 12).to_bytes(4, "little") + bytes(4) + payload
    full += crc(full).to_bytes(4, "little")
    wires = {
        "abridged": b"\xef" + bytes([len(payload) // 4]) + payload,
        "abridged-long": b"\xef\x7f\x80\0\0" + bytes(512),
        "abridged-quick-ack": b"\xef" + bytes([0x80 | len(payload) // 4]) + payload,
        "intermediate": b"\xee" * 4 + intermediate * 2,
        "padded": b"\xdd" * 4 + (len(payload) + 5).to_bytes(4, "little") + payload + b"12345",
        "full": full,
        "http": b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(payload) + payload,
        "http-options": b"OPTIONS /apiw HTTP/1.1\r\nOrigin: x\r\nHost: x\r\n\r\n",
        "websocket": b"GET /apiws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: binary\r\n\r\n\x82\x84abcd" + bytes(4) + b"\x89\x80abcd\x88\x82abcdaa",
    }
    for name, wire in wires.items():
        for flags in (0x00, 0x0F, 0x3F):
            seed("transport_server_stream", f"{name}-{flags:02x}", bytes([flags, 3]) + wire)
    for number, (name, content) in enumerate(vectors("transport/data/fake_tls.txt")):
        seed("transport_server_stream", f"tls-{number}-{name}", b"\x0c\x03" + content)
    for number, (name, content) in enumerate(vectors("transport/data/obfuscation.txt")):
        seed("transport_server_stream", f"obfuscation-{number}-{name}", b"\x04\x03" + content)

    token = bytes.fromhex("3a0ef0f0")
    error = (-404).to_bytes(4, "little", signed=True)
    answers = {
        0: [b"\x01" + error, token[::-1], bytes([len(payload) // 4]) + payload, b"\x7f\x80\0\0" + bytes(512)],
        1: [b"\x04\0\0\0" + error, token, intermediate],
        2: [b"\x04\0\0\0" + error, b"\x08\0\0\0" + b"\xff" * 4 + token, intermediate, b"\x06\0\0\0" + error + b"ab"],
        3: [full, b"\x10\0\0\0" + bytes(4) + error],
        4: [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(payload) + payload, b"HTTP/1.1 404 No\r\n\r\n"],
    }
    for framing, wires in answers.items():
        for number, wire in enumerate(wires):
            seed("transport_client_stream", f"{framing}-{number}", bytes([framing, 3]) + wire)
            frame = b"\x82" + bytes([min(len(wire), 125)]) + wire[:125]
            seed("transport_client_stream", f"{framing}-{number}-websocket", bytes([16 + framing, 3]) + frame)
            record = b"\x17\x03\x03" + len(wire).to_bytes(2, "big") + wire
            seed("transport_client_stream", f"{framing}-{number}-tls", bytes([32 + framing, 3]) + record)

    handshakes = {
        0: b"\x05\x00\x05\x00\x00\x01\x7f\0\0\1\x01\xbbrest",
        1: b"\x05\x02\x01\x00\x05\x00\x00\x03\x0bexample.org\x01\xbbrest",
        2: b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nrest",
        3: b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        4: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: binary\r\n\r\nrest",
        5: b"\x16\x03\x03\0\x04abcd\x14\x03\x03\0\x01\x01\x17\x03\x03\0\x04efgh",
    }
    for kind, wire in handshakes.items():
        seed("transport_handshakes", f"{kind}", bytes([kind, 3]) + wire)

    secret = bytes(range(16))
    tls = b"\xee" + secret + b"example.org"
    for name, text in {
        "simple": f"tg://proxy?server=127.0.0.1&port=443&secret={secret.hex()}",
        "padded": f"https://t.me/proxy?server=a.example&port=443&secret=dd{secret.hex()}",
        "tls": f"tg://proxy?server=%5B::1%5D&port=443&secret={base64.urlsafe_b64encode(tls).decode()}",
        "socks": "tg://socks?server=127.0.0.1&port=1080&user=a&pass=b",
        "hex": tls.hex(),
        "base64": base64.b64encode(tls).decode(),
    }.items():
        seed("transport_proxy_link", name, text.encode())
    seed("transport_proxy_link", "bytes", tls)


if __name__ == "__main__":
    for part in (crypto, tl, mtproto, transport):
        part()
