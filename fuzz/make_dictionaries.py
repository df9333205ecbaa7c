"""Writes fuzz/dictionaries/: words that libFuzzer and AFL++ put into inputs.

    make_dictionaries.py

One file a layer, and one for each target whose language is another. Numbers of constructors come from the
schemas, names of errors from schema/errors.tsv.
"""

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# Of the API so many constructors and functions, evenly chosen: all 2,000 would drown the rest.
API_NUMBERS = 200


def quoted(content):
    return '"' + "".join(f"\\x{one:02x}" if not 32 <= one < 127 or one in b'"\\' else chr(one) for one in content) + '"'


def write(name, *groups):
    with open(os.path.join(HERE, "dictionaries", f"{name}.dict"), "w", encoding="ascii") as file:
        for title, words in groups:
            file.write(f"# {title}\n")
            file.writelines(f"{quoted(word.encode() if isinstance(word, str) else word)}\n" for word in words)


def numbers(schema, most=None):
    with open(os.path.join(ROOT, "schema", schema), encoding="utf-8") as file:
        found = re.findall(r"^[\w.]+#([0-9a-f]{1,8})\b", file.read(), re.M)
    step = max(1, len(found) // most) if most else 1
    return [int(number, 16).to_bytes(4, "little") for number in found[::step]]


def little(*values, size=4):
    return [value.to_bytes(size, "little", signed=value < 0) for value in values]


def error_names():
    with open(os.path.join(ROOT, "schema", "errors.tsv"), encoding="utf-8") as file:
        names = sorted(set(re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", file.read())))
    return names[:: max(1, len(names) // 100)]


def main():
    os.makedirs(os.path.join(HERE, "dictionaries"), exist_ok=True)
    service = ("the service messages", numbers("mtproto.tl"))
    common = ("Vector, boolTrue, boolFalse, Object's strings of three and four bytes, counts at the edges",
              little(0x1CB5C415, 0x997275B5, 0xBC799737) + [b"\x03abc", b"\x04abcd\0\0\0", b"\xfe\xff\xff\xff", b"\xfe\0\1\0"]
              + little(-1, 0x7FFFFFFF, -0x80000000, 0xFFFFFF, 1024, 1025))
    transport_words = ["GET ", "POST ", "HEAD ", "OPTIONS ", "/api", "/apiw", "/apiws", "/apiw_test", " HTTP/1.1\r\n", "HTTP/1.1 ",
                       "200", "101", "404", "407", "\r\n", "\r\n\r\n", ": ", "Host: x\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n",
                       "Connection: Upgrade\r\n", "Connection: close\r\n", "Upgrade: websocket\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                       "Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Protocol: binary\r\n", "Sec-WebSocket-Accept: ", "Origin: x\r\n"]
    write("core", ("digits of every alphabet, and the edges of UTF-8",
                   ["00", "fF", "Zm9v", "Zg==", "-_", "+/", b"\xc2\x80", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xef\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf"]))
    write("crypto", ("blocks and words at the edges", [bytes(16), b"\xff" * 16, bytes(8), b"\xff" * 8, b"\x01" + bytes(7), bytes(7) + b"\x80"]))
    write("crypto_rsa_key", ("PEM", [f"-----{edge} {kind}-----\n" for edge in ("BEGIN", "END") for kind in ("PUBLIC KEY", "RSA PUBLIC KEY", "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")]),
          ("base64 of DER's beginnings", ["MIIB", "MIIE", "IDAQAB", "AoIBAQ", "=\n"]))
    write("mtproto", service, common, ("codes of bad_msg_notification", little(16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64)),
          ("values at the edges of Diffie-Hellman and of message ids", [bytes(256), b"\xff" * 8, b"\x01" + bytes(248), bytes.fromhex("c71caeb9c6b1c904")]))
    write("rpc", ("names of errors", error_names() + ["FLOOD_WAIT_", "_MIGRATE_", "SLOWMODE_WAIT_", "10MIN", "X", "_0", "99999999999999999999"]))
    write("testdc", ("wrappers and service messages", numbers("mtproto.tl") + numbers("api.tl", API_NUMBERS)), common, ("lines of key files", ["# ", "\n", "00", "ff"]))
    write("tl", common, service, ("some of the API", numbers("api.tl", API_NUMBERS)), ("gzip and zlib", [b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\x78\x9c", b"\x03\0"]))
    write("tl_schema", ("TL", ["---types---\n", "---functions---\n", "// LAYER 227\n", "// UNTIL LAYER 5\n", "/* ", " */", "New ", "Final ", "Empty ", "Vector", "vector", "flags:#", "flags.0?", "true",
                               "int", "long", "double", "string", "bytes", "Type", "{X:Type}", "!X", "%", "#1cb5c415", " ? = ", "*[ ", " ]", "(", ")", "<", ">", ",", ";", " = ", "_", ":", "+1", "A.b", "4294967295"]))
    for schema in ("api", "service"):
        write(f"tl_{schema}_json", ("JSON, and what the schemas call things",
              ["null", "true", "false", "{", "}", "[", "]", ":", ",", '"_"', '"_": "', '"flags": ', '"nonce": "', '"msg_ids": [', '"bytes": "', '"id": ', '"inputPeerSelf"', '"ping"', '"vector"', "\\u0000", "\\ud83d\\ude00", "-0", "1e3", "9223372036854775807", "-9223372036854775808"]))
    write("transport", ("HTTP and WebSocket", transport_words),
          ("tags, TLS records, WebSocket frames, SOCKS5", [b"\xef", b"\xee" * 4, b"\xdd" * 4, b"\x7f\x80\0\0", b"\x16\x03\x01", b"\x16\x03\x03", b"\x14\x03\x03\0\x01\x01", b"\x17\x03\x03", b"\x82\x04", b"\x82\x7e\0\x7e", b"\x82\x7f", b"\x88\0", b"\x89\0", b"\x8a\0", b"\x05\0", b"\x05\x02", b"\x01\0"]),
          ("lengths at the edges, transport errors", little(0, 4, 8, 12, 16, 2048, -404, -429, -444, 0x7FFFFFFF, -1)))
    write("transport_proxy_link", ("links and secrets", ["tg://proxy?", "https://t.me/proxy?", "tg://socks?", "server=", "&port=443", "&secret=", "dd", "ee", "%20", "%5B", "00112233445566778899aabbccddeeff", "6578616d706c65", "&user=", "&pass="]))


if __name__ == "__main__":
    main()
