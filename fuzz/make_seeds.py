"""Writes the hand-made seeds of the corpora: fuzz/corpus/TARGET/seed-NAME.

    make_seeds.py

They come from the official samples and other test vectors (tests/*/data), from the schemas, and from what
clients and servers send. Recordings of foreign clients (record.py) lie beside them as recorded-NAME, inputs that
found something as found-NAME, and what fuzzing adds under digests; `./run fuzz --minimise` keeps that small.
"""

import base64
import gzip
import hmac
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


def core():
    for name, text in {
        "hex": "00ff10 AB",
        "base64": "Zm9vYmE=",
        "base64url": "_-8",
        "utf-8": "\u00e4\u20ac\U0001f600\U0010ffff",
    }.items():
        seed("core_text", name, text.encode())
    for name, content in {"overlong": b"\xc0\x80", "surrogate": b"\xed\xa0\x80", "above": b"\xf4\x90\x80\x80"}.items():
        seed("core_text", name, content)


def crypto():
    for target in ("crypto_ige_kernels", "crypto_ige"):
        seed(target, "one-block", bytes(64) + b"\x00" + bytes(16))
        seed(target, "shifted", bytes(range(64)) + b"\x05" + bytes(160))
    seed("crypto_ctr", "carry", bytes(32) + b"\xff" * 16 + b"\x03" + bytes(200))
    seed("crypto_ctr", "whole", bytes(range(48)) + b"\x00" + bytes(100))
    texts = b"".join(bytes([n, n, 5, n % 24, n, 4]) + b"keys" + b"\x04text" for n in range(40))
    seed("crypto_ige_batch", "forty", b"\x28" + texts)
    seed("crypto_ige_batch", "one", b"\x01" + texts)
    messages = b"".join(bytes([n, n, 4]) + b"part" + bytes([n << 4 & 0xFF | n % 4, n % 24, n, 4]) + b"text" for n in range(40))
    for name, stream in {"aligned": b"\x00\x00\x00", "overflow": b"\x05\x01\xfe"}.items():
        for count in (0, 1, 3, 13, 40):
            seed("crypto_message_kernels", f"{count}-{name}", stream + bytes([count]) + messages)
    for number in range(3):
        seed("crypto_dh_kernels", f"{number}", bytes([number, 0xFF]))
        seed("crypto_dh_kernels", f"{number}-small", bytes([number, 0, number]))
    place = b"\x10\x00\x40\x00"
    for name, rest in {"in-place": b"\x00", "behind": b"\x01", "overlapping": b"\x02\x18\x00", "apart": b"\x02\x2c\x01"}.items():
        for which in range(3):
            seed("crypto_c_api", f"{which}-{name}", bytes([which, 7, 9]) + (b"\x00" if which == 2 else b"") + place + rest + bytes(1024) + b"\x01")
    seed("crypto_c_api", "messages", b"\x03\x00\x07\x77\x01" + bytes([2, 5, 1]) * 119 + b"\x00\x80" * 60)
    for wrong in range(1, 6):
        seed("crypto_c_api", f"messages-wrong-{wrong}", b"\x03\x00\x07\x02\x00" + bytes([2, 5, 1, 0, 2, 5, 1, wrong, 3]))
    seed("crypto_c_api", "factors", b"\x04\x00" + bytes.fromhex("17ED48941A08F981"))
    seed("crypto_c_api", "no-factors", b"\x04\x00" + bytes(7) + b"\x07")
    for size in (0, 1, 55, 56, 63, 64, 65, 119, 128):
        seed("crypto_hash", f"{size}", bytes([size]) + bytes(range(256)))
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
    for schema in ("api", "service"):
        for number in range(24):
            seed(f"tl_{schema}_values", f"{number}", (number * 97).to_bytes(2, "little") + bytes([number]) * 8)
    for number in range(24):
        seed("tl_older_layers", f"{number}", (number * 61).to_bytes(2, "little") + bytes([44 + number]) + bytes([number]) * 8 + b"\x01")
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
    # textBold in textBold in textBold ... textEmpty, around the deepest that is allowed and far beyond.
    for depth in (1, 30, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 1000):
        nested = 0x6724ABC4.to_bytes(4, "little") * depth + 0xDC3D824F.to_bytes(4, "little")
        seed("tl_api_objects", f"nested-{depth}", nested)
    # An empty vector where nothing may nest any more: textConcat around it.
    for depth in (126, 127):
        vector = 0x7E6260D7.to_bytes(4, "little") + 0x1CB5C415.to_bytes(4, "little") + bytes(4)
        seed("tl_api_objects", f"nested-vector-{depth}", 0x6724ABC4.to_bytes(4, "little") * depth + vector)
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


def samples(which):
    """name -> value of an official sample of the key exchange, and of its packets."""
    values = dict(vectors(f"crypto/data/key_exchange_{which}.txt"))
    values.update(vectors(f"mtproto/data/sample_{which}.txt"))
    return values


# The header of an unencrypted packet. Units: bytes.
PLAIN_HEADER = 20


def key_exchange():
    """Official packets as raw input, and honest messages: where the input says nothing, nothing is altered."""
    for which in ("a", "b"):
        packets = {name: value[PLAIN_HEADER:] for name, value in samples(which).items() if value[:8] == bytes(8)}
        for name, body in packets.items():
            seed("mtproto_res_pq", f"sample-{which}-{name}", b"\x00\x01" + body)
            seed("mtproto_dh_params", f"sample-{which}-{name}", b"\x00" + body)
            seed("mtproto_dh_gen", f"sample-{which}-{name}", b"\x00\x00\x00" + body)
            seed("mtproto_set_client_DH_params", f"sample-{which}-{name}", b"\x00\x00" + body)
            length = min(len(body), 255)
            seed("mtproto_req_pq", f"sample-{which}-{name}", b"\x00\x00\x00" + bytes([length]) + body[:length])
    for dialect in range(32):
        seed("mtproto_key_exchange", f"dialect-{dialect}", bytes([dialect, 0, 0]))
        seed("mtproto_res_pq", f"dialect-{dialect}", bytes([dialect, 0]) + bytes([0, 0, 0, 1, 0, 0]))
    for strictness in range(32):
        seed("mtproto_key_exchange", f"server-{strictness}", bytes([0, strictness, 0]))
        seed("mtproto_req_pq", f"server-{strictness}", bytes([strictness]) + bytes([0, 1, 0, 0, 0]) * 4)
        for inner in range(4):
            seed("mtproto_req_DH_params", f"server-{strictness}-{inner}", bytes([strictness, inner]) + bytes(40))
    for answers in range(1, 4):
        for first in range(3):
            seed("mtproto_key_exchange", f"answers-{answers}-{first}", bytes([0, 0, answers]) + bytes([first]) * answers)
    for kind in range(1, 4):
        for number in range(3):
            for retries in range(3):
                seed("mtproto_dh_gen", f"{kind}-{number}-{retries}", bytes([8, retries, kind, number]))
    for value in range(6):
        nonces, generator, prime, altered = b"\x00\x00", b"\x00", b"\x00", b"\x00"
        inner = nonces + generator + prime + bytes([value]) + altered + bytes(4)
        seed("mtproto_dh_params", f"ok-value-{value}", b"\x02" + inner + bytes(16))
    for generator in range(8):
        inner = b"\x00\x00" + b"\x01" + bytes([generator, 0, 0, 0]) + b"\x00" + b"\x00\x00"
        seed("mtproto_dh_params", f"ok-generator-{generator}", b"\x02" + inner + bytes(16))
    seed("mtproto_dh_params", "fail", b"\x01" + bytes(8))
    for retried in range(2):
        seed("mtproto_set_client_DH_params", f"honest-{retried}", bytes([retried, 1, 0, 0, retried]) + bytes(16))
    # g_b at the lower edge of what is allowed: its first bytes are set, the rest is as honest as ever.
    honest = b"\x01\x01\x00\x00\x00"
    for name, begin in {"below": bytes(8) + b"\xff" * 8, "edge": bytes(7) + b"\x01" + bytes(8), "half": bytes(8) + b"\x80" + bytes(7)}.items():
        change = b"\x01\x00" + b"\x01\x01\x00\x00\x0f" + begin
        seed("mtproto_set_client_DH_params", f"small-{name}", honest + change + b"\x00\x00")


def mtproto():
    for path in ("mtproto/data/sample_a.txt", "mtproto/data/sample_b.txt"):
        for number, (name, content) in enumerate(vectors(path)):
            if content[:8] == bytes(8) and len(content) >= 20:
                seed("mtproto_plain_message", f"{os.path.basename(path)[:8]}-{number}-{name}", content)
    message = (5).to_bytes(8, "little") + (1).to_bytes(4, "little") + (4).to_bytes(4, "little") + b"body"
    limit = (100).to_bytes(2, "little")
    seed("mtproto_container", "empty", limit + bytes.fromhex("dcf8f173") + bytes(4))
    seed("mtproto_container", "two", limit + bytes.fromhex("dcf8f173") + b"\x02\0\0\0" + message * 2)
    one = limit + bytes.fromhex("dcf8f173") + b"\x01\0\0\0"
    for name, wire in {
        "odd-length": one + message[:12] + b"\x03\0\0\0bod",
        "too-long": one + message[:12] + b"\x08\0\0\0body",
        "negative": one + message[:12] + b"\xfc\xff\xff\xffbody",
        "nested": one + message[:12] + b"\x08\0\0\0" + bytes.fromhex("dcf8f173") + bytes(4),
        "trailing": one + message + b"more",
        "other-object": limit + bytes.fromhex("ec77be7a") + bytes(8),
        "too-many": b"\x01\x00" + bytes.fromhex("dcf8f173") + b"\x02\0\0\0" + message * 2,
        "a-million": limit + bytes.fromhex("dcf8f173") + b"\x40\x42\x0f\x00" + message,
        "fewer": limit + bytes.fromhex("dcf8f173") + b"\xff\xff\xff\xff",
    }.items():
        seed("mtproto_container", name, wire)
    seed("mtproto_envelope", "honest", bytes(64))
    seed("mtproto_envelope", "raw", b"\x01\x00\x07" + bytes(16) + b"\x08\x00" + bytes(8) + bytes(12) + b"\x00" + bytes(120))
    for padding in (0, 11, 12, 27, 28, 1008, 1024, 1040):
        fields = b"\x01" + bytes(8) + bytes(8) + bytes(8) + bytes(4) + b"\x01" + bytes(4)
        seed("mtproto_envelope_inside", f"padding-{padding}", fields + padding.to_bytes(2, "little") + b"\x01" + bytes(16))
    for length in (-4, -1, 0, 3, 4, 17, 20, 2**31 - 4):
        fields = b"\x01" + bytes(8) + bytes(8) + bytes(8) + bytes(4) + b"\x00"
        fields += length.to_bytes(4, "little", signed=True) + (28).to_bytes(2, "little")
        for version in range(2):
            seed("mtproto_envelope_inside", f"length-{length}-{version}", fields + bytes([version]) + bytes(16))
    plain = b"a call that is packed " * 20
    gzip_packed = 0x3072CFA1.to_bytes(4, "little")
    for name, packed in {"gzip": gzip.compress(plain, mtime=0), "zlib": zlib.compress(plain)}.items():
        body = gzip_packed + bytes([len(packed)]) + packed
        seed("mtproto_packed", name, b"\x11\x00" + body + bytes(-len(body) % 4))
    for change in range(8):
        seed("mtproto_binding", f"{change}", bytes(28) + bytes(8) + b"\x01" + b"\x01\x00" + bytes([change, 1]))


def sessions():
    """The beginning of an orderly life, in moves; fuzzing finds the disorder."""
    open_, submit, time, hear = b"\x00", b"\x02", b"\x06", b"\x0b"
    for kind in range(36):
        message = bytes([1, kind]) + bytes(24)
        calls = submit + b"\x04abcd\x00\x00\x00" + submit + b"\x08abcdefgh\x00\x01\x01"
        moves = b"\x01" + open_ + calls + hear + message + time + b"\x04" + hear + message
        seed("mtproto_session_client", f"message-{kind}", moves)
        hear_server = b"\x09\x00" + bytes([1, kind]) + bytes(24)
        for rules in (0, 1, 2):
            seed("mtproto_session_server", f"message-{kind}-{rules}", bytes([rules, 0, 0]) + hear_server * 2)
    submit_pair, respond, deliver_up, deliver_down = b"\x00\x00\x04", b"\x02", b"\x0a\x01", b"\x0a\x00"
    for chosen in (0, 1, 2, 8, 16, 24, 32, 64, 127):
        moves = submit_pair * 3 + deliver_up * 2 + respond * 3 + deliver_down * 3 + b"\x03" + deliver_down
        seed("mtproto_session_pair", f"orderly-{chosen}", bytes([chosen]) + moves * 2)
        seed("mtproto_session_pair", f"broken-{chosen}", bytes([chosen]) + submit_pair * 2 + b"\x05\x06" + moves)


def rpc_and_testdc():
    for number, (code, text) in enumerate([
        (420, "FLOOD_WAIT_30"), (303, "PHONE_MIGRATE_4"), (401, "SESSION_PASSWORD_NEEDED"), (500, "RPC_CALL_FAIL"),
        (400, "2FA_CONFIRM_WAIT_604800"), (-503, "Timeout"), (400, "FILE_REFERENCE_0_EXPIRED"), (406, "UPDATE_APP_TO_LOGIN"),
        (400, "TAKEOUT_INIT_DELAY_99999999999999999999"), (400, "PASSWORD_TOO_FRESH_10MIN"), (401, "AUTH_KEY_PERM_EMPTY"),
        (400, "MSG_WAIT_FAILED"), (400, "CONNECTION_NOT_INITED"), (0, ""),
    ]):
        seed("rpc_rpc_error", f"{number}", code.to_bytes(4, "little", signed=True) + text.encode())
    key = bytes(range(256))
    seed("testdc_auth_key_file", "key", b"# a comment\n" + key.hex().encode() + b"\n\n" + key[::-1].hex().encode() + b"\n")
    for wrapper in range(6):
        seed("testdc_unwrap", f"{wrapper}", b"\x01\x02" + bytes([wrapper]) + bytes(12) + bytes([wrapper]) + bytes(12))
    seed("testdc_unwrap", "too-many", b"\x01\x17" + b"\x04" * 24)


def signed_hello(hello, key, time):
    """A fake TLS hello as somebody who knows the secret makes it: its random is a digest of all the rest, and the time."""
    blank = hello[:11] + bytes(32) + hello[43:]
    digest = hmac.digest(key, blank, "sha256")
    told = int.from_bytes(digest[28:], "little") ^ time
    return hello[:11] + digest[:28] + told.to_bytes(4, "little") + hello[43:]


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
        if name == "hello":
            signed = signed_hello(content, bytes.fromhex("00112233445566778899aabbccddeeff"), 1_700_000_000)
            seed("transport_server_stream", "tls-accepted", b"\x0c\x03" + signed + b"\x17\x03\x03\0\x08nonsense")
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
    for framing, replies in answers.items():
        for number, wire in enumerate(replies):
            seed("transport_client_stream", f"{framing}-{number}", bytes([framing, 3]) + wire)
            frame = b"\x82" + bytes([min(len(wire), 125)]) + wire[:125]
            seed("transport_client_stream", f"{framing}-{number}-websocket", bytes([16 + framing, 3]) + frame)
            record = b"\x17\x03\x03" + len(wire).to_bytes(2, "big") + wire
            for kind in range(3):  # of the proxy's secret
                chosen = 128 + framing + 5 * kind
                seed("transport_client_stream", f"{framing}-{number}-secret-{kind}", bytes([chosen, 3]) + wire)
            seed("transport_client_stream", f"{framing}-{number}-tls", bytes([32 + framing, 3]) + record)

    handshakes(wires)
    codecs(wires, answers)

    links()

def handshakes(wires):
    socks = {
        "ip4": b"\x05\x00\x05\x00\x00\x01\x7f\0\0\1\x01\xbbrest",
        "ip6": b"\x05\x00\x05\x00\x00\x04" + bytes(18) + b"rest",
        "name": b"\x05\x02\x01\x00\x05\x00\x00\x03\x0bexample.org\x01\xbbrest",
        "refused": b"\x05\x00\x05\x05\x00\x01" + bytes(6),
        "no-method": b"\x05\xff",
        "wrong-password": b"\x05\x02\x01\x01",
    }
    for code in range(1, 10):
        seed("transport_socks5", f"code-{code}", b"\x00\x03\x05\x00\x05" + bytes([code]) + b"\x00\x01" + bytes(6))
    seed("transport_socks5", "unknown-address", b"\x00\x03\x05\x00\x05\x00\x00\x02" + bytes(6))
    seed("transport_socks5", "version-4", b"\x00\x03\x04\x00")
    seed("transport_socks5", "version-4-later", b"\x00\x03\x05\x00\x04\x00\x00\x01" + bytes(6))
    for name, wire in socks.items():
        for kind in (0, 1, 2, 128, 129, 130):
            seed("transport_socks5", f"{name}-{kind}", bytes([kind, 3]) + wire)
    connect = {
        "open": b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nrest",
        "user-wanted": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "refused": b"HTTP/1.0 502 Bad Gateway\r\n\r\n",
        "request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "not-http": b"SSH-2.0-x\r\n\r\n",
        "bad-status": b"HTTP/1.1 2x0 OK\r\n\r\n",
        "continue": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    }
    for name, wire in connect.items():
        for kind in (0, 1):
            seed("transport_http_connect", f"{name}-{kind}", bytes([kind, 3]) + wire)
    upgrade = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: binary\r\n\r\nrest"
    )
    # The key that the target's client draws, and another.
    for name, proof in {"right": b"tXbBqrKbE41Xp0Fka7FF93SIrXg=", "wrong": b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}.items():
        seed("transport_websocket_handshake", f"answer-{name}", b"\x00\x03" + upgrade % proof)
    seed("transport_websocket_handshake", "request", b"\x01\x03" + wires["websocket"])
    seed("transport_websocket_handshake", "no-request", b"\x01\x03" + wires["http"])
    for name in ("http", "http-options", "websocket"):
        seed("transport_http_head", name, b"\x03" + wires[name])
    for name, wire in connect.items():
        seed("transport_http_head", name, b"\x03" + wire)
    seed("transport_http_head", "chunked", b"\x03HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    seed("transport_fake_tls_answer", "honest", b"\x03\x01\x00")
    seed("transport_fake_tls_answer", "foreign", b"\x03\x00\x16\x03\x03\0\x04abcd\x14\x03\x03\0\x01\x01\x17\x03\x03\0\x04efgh")
    for name, ahead in {"timely": 1024, "late": 300, "too-late": 4, "ahead": 1028}.items():
        choices = bytes([0]) + ahead.to_bytes(2, "little") + b"\x05\x01\x00"
        seed("transport_fake_tls_hello", name, choices)
    for number, (name, content) in enumerate(vectors("transport/data/fake_tls.txt")):
        seed("transport_fake_tls_hello", f"{number}-{name}", b"\x00\x00\x04\x05\x00" + content)
    for which in range(16):
        name = f"{which:02}"
        seed("transport_obfuscated", name, bytes([which % 4]) + b"\x02\0\0\0" + bytes(range(16)) + bytes([which // 4 % 2]) + bytes(70))
    for number, (name, content) in enumerate(vectors("transport/data/obfuscation.txt")):
        seed("transport_obfuscated", f"{number}-{name}", bytes(21) + b"\x00" + content)
        seed("transport_detect", f"{number}-{name}", content)
    for name, wire in wires.items():
        seed("transport_detect", name, wire[:80])
    for number, (name, content) in enumerate(vectors("transport/data/fake_tls.txt")):
        seed("transport_detect", f"tls-{number}-{name}", content[:80])


def codecs(wires, answers):
    """Frames as the far end writes them, for each framing and either end, and raw ones."""
    framings = ["abridged", "intermediate", "padded_intermediate", "full", "http"]
    for number, framing in enumerate(framings):
        for end in (0, 1):
            honest = bytes([end, 3, 1, 3])
            for what in range(4):
                frame = bytes([3]) + bytes(16) + bytes([what]) + bytes(8)
                seed(f"transport_{framing}", f"honest-{end}-{what}", honest + frame * 4)
            for index, wire in enumerate(answers[number]):
                seed(f"transport_{framing}", f"raw-{end}-{index}", bytes([end, 3, 0]) + wire)
    seed("transport_http", "query", b"\x00\x03\x00" + wires["http"])
    seed("transport_http", "options", b"\x00\x03\x00" + wires["http-options"])
    for carrier in ("websocket_frames", "fake_tls_records"):
        for end in (0, 1):
            for size in (0, 1, 125, 126, 16384, 19999):
                piece = size.to_bytes(2, "little") + b"\x42"
                seed(f"transport_{carrier}", f"honest-{end}-{size}", bytes([end, 3, 1, 3]) + piece * 4)
    for name, wire in {
        "ping": b"\x89\x02ab\x82\x01c",
        "close": b"\x88\x02\x03\xe8",
        "fragments": b"\x02\x01a\x80\x01b",
        "masked-ping": b"\x89\x82abcdab\x82\x81abcdc",
        "masked-close": b"\x88\x80abcd",
        "text": b"\x81\x01a",
        "long": b"\x82\x7f" + bytes(7) + b"\x01a",
    }.items():
        for end in (0, 1):
            seed("transport_websocket_frames", f"{name}-{end}", bytes([end, 3, 0]) + wire)
    for name, wire in {"alert": b"\x15\x03\x03\0\x02\x02\x28", "data": b"\x17\x03\x03\0\x02ab\x14\x03\x03\0\x01\x01"}.items():
        for end in (0, 1):
            seed("transport_fake_tls_records", f"{name}-{end}", bytes([end, 3, 0]) + wire)


def links():
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
    seed("transport_proxy_link", "long-domain", b"\xee" + secret + b"a" * 183)
    seed("transport_proxy_link", "domain-not-ascii", b"\xee" + secret + b"ex\xe4mple.org")
    for name, port in {"port-0": "0", "port-too-large": "65536", "port-no-number": "4x"}.items():
        seed("transport_proxy_link", name, f"tg://proxy?server=a&port={port}&secret={secret.hex()}".encode())
    seed("transport_proxy_link", "no-secret", b"tg://proxy?server=a&port=443")
    seed("transport_proxy_link", "bad-escape", b"tg://proxy?server=%5&port=443&secret=%zz")


if __name__ == "__main__":
    for part in (core, crypto, tl, key_exchange, mtproto, sessions, rpc_and_testdc, transport):
        part()
