"""The C interface from Python, by ctypes: vectors, messages made by hand, wrong arguments, and what it exports.

    capi_test.py --library FILE.so --header FILE.h --data DIR --readme FILE.md --compiler CC

AES for the judgement comes of the library's own CBC: with an IV of zeros, one block is plain AES. CBC itself is
held against the vectors of NIST first.
"""

import argparse
import ctypes
import hashlib
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

OPTIONS = None  # set by main
OK, NULL_ARGUMENT, WRONG_SIZE, OVERLAP, WRONG_SENDER, WRONG_MSG_KEY, NOT_TWO_PRIMES = range(7)
CLIENT, SERVER = 0, 8


class Message(ctypes.Structure):
    _fields_ = [
        ("auth_key", ctypes.c_char_p),
        ("text", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("sender", ctypes.c_int),
        ("status", ctypes.c_int),
        ("msg_key", ctypes.c_ubyte * 16),
        ("msg_key_large", ctypes.c_ubyte * 32),
    ]


def load():
    library = ctypes.CDLL(OPTIONS.library)
    data, size = ctypes.c_void_p, ctypes.c_size_t
    for name in ("ige_encrypt", "ige_decrypt", "cbc_encrypt", "cbc_decrypt"):
        getattr(library, f"corogram_{name}").argtypes = [data, data, data, data, size]
    library.corogram_ctr_new.argtypes = [data, data, ctypes.POINTER(data)]
    library.corogram_ctr_apply.argtypes = [data, data, data, size]
    library.corogram_ctr_free.argtypes = [data]
    library.corogram_ctr_free.restype = None
    library.corogram_message_seal.argtypes = [data, ctypes.c_int, data, size, data]
    library.corogram_message_open.argtypes = [data, ctypes.c_int, data, data, size]
    for name in ("seal", "open"):
        getattr(library, f"corogram_messages_{name}").argtypes = [ctypes.POINTER(Message), size]
    number = ctypes.POINTER(ctypes.c_uint64)
    library.corogram_factorize.argtypes = [ctypes.c_uint64, number, number]
    for name in ("version", "kernel", "status_text"):
        getattr(library, f"corogram_{name}").restype = ctypes.c_char_p
    library.corogram_kernel.argtypes = [ctypes.c_char_p]
    return library


def cases(name):
    """The cases of a file of vectors: dictionaries of texts."""
    with open(os.path.join(OPTIONS.data, name), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    found, last = [{}], None
    for line in lines:
        if not line:
            found.append({})
        elif line.startswith(" "):
            found[-1][last] += line.strip()
        else:
            last, value = line.split(" =", 1)
            found[-1][last] = value.strip()
    return [case for case in found if case]


def unhex(case, *names):
    return [bytes.fromhex(case[name]) for name in names]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Capi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = load()

    def setUp(self):
        self.random = random.Random(7)

    # ---- the library's functions on bytes

    def blockwise(self, name, key, iv, text):
        out, iv = ctypes.create_string_buffer(len(text)), ctypes.create_string_buffer(iv, len(iv))
        self.assertEqual(getattr(self.library, f"corogram_{name}")(key, iv, text, out, len(text)), OK)
        return out.raw, iv.raw

    def aes(self, key, block):
        return self.blockwise("cbc_encrypt", key, bytes(16), block)[0]

    def ctr(self, key, iv, pieces):
        stream = ctypes.c_void_p()
        self.assertEqual(self.library.corogram_ctr_new(key, iv, ctypes.byref(stream)), OK)
        done = b""
        for piece in pieces:
            out = ctypes.create_string_buffer(piece, max(len(piece), 1))
            self.assertEqual(self.library.corogram_ctr_apply(stream, out, out, len(piece)), OK)
            done += out.raw[: len(piece)]
        self.library.corogram_ctr_free(stream)
        return done

    # ---- what they should do, by hand

    def ige_by_hand(self, key, iv, text):
        last_out, last_in, done = iv[:16], iv[16:], b""
        for at in range(0, len(text), 16):
            block = text[at : at + 16]
            last_out, last_in = xor(self.aes(key, xor(block, last_out)), last_in), block
            done += last_out
        return done

    def sealed_by_hand(self, auth_key, x, text):
        large = hashlib.sha256(auth_key[88 + x : 120 + x] + text).digest()
        msg_key = large[8:24]
        a = hashlib.sha256(msg_key + auth_key[x : 36 + x]).digest()
        b = hashlib.sha256(auth_key[40 + x : 76 + x] + msg_key).digest()
        key, iv = a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]
        return large, self.ige_by_hand(key, iv, text)

    # ---- the tests

    def test_the_standards_vectors_of_cbc_and_ctr(self):
        for case in cases("cbc.txt"):
            key, iv, plain, encrypted = unhex(case, "key", "iv", "plaintext", "ciphertext")
            self.assertEqual(self.blockwise("cbc_encrypt", key, iv, plain), (encrypted, encrypted[-16:]))
            self.assertEqual(self.blockwise("cbc_decrypt", key, iv, encrypted), (plain, encrypted[-16:]))
        for case in cases("ctr.txt"):
            key, iv, plain, encrypted = unhex(case, "key", "iv", "plaintext", "ciphertext")
            skipped = int(case.get("skip", 0))
            self.assertEqual(self.ctr(key, iv, [bytes(skipped), plain])[skipped:], encrypted)

    def test_the_standards_single_blocks(self):
        case = {name: value for part in cases("aes256_blocks.txt") for name, value in part.items()}
        key, plain, encrypted = unhex(case, "key", "plaintext", "ciphertext")
        for at in range(0, len(plain), 16):
            self.assertEqual(self.aes(key, plain[at : at + 16]), encrypted[at : at + 16])

    def test_ige_is_what_its_formula_says(self):
        for blocks in [0, 1, 2, 3, 4, 9, 40]:
            key, iv, text = (self.random.randbytes(n) for n in (32, 32, 16 * blocks))
            encrypted, kept = self.blockwise("ige_encrypt", key, iv, text)
            self.assertEqual(encrypted[: len(text)], self.ige_by_hand(key, iv, text))
            self.assertEqual(kept, iv)
            self.assertEqual(self.blockwise("ige_decrypt", key, iv, encrypted[: len(text)])[0][: len(text)], text)

    def test_ctr_goes_on_whatever_the_pieces(self):
        for _ in range(20):
            key, iv = self.random.randbytes(32), self.random.randbytes(8) + b"\xff" * 7 + self.random.randbytes(1)
            pieces = [self.random.randbytes(self.random.randrange(0, 400)) for _ in range(12)]
            whole, counter = b"".join(pieces), int.from_bytes(iv, "big")
            stream = b"".join(
                self.aes(key, ((counter + i) % (1 << 128)).to_bytes(16, "big")) for i in range(len(whole) // 16 + 1)
            )
            self.assertEqual(self.ctr(key, iv, pieces), xor(whole, stream))

    def test_one_message(self):
        for sender in (CLIENT, SERVER):
            for size in (16, 48, 64, 1024, 4096):
                auth_key, text = self.random.randbytes(256), self.random.randbytes(size)
                large, encrypted = self.sealed_by_hand(auth_key, sender, text)
                buffer, msg_key = ctypes.create_string_buffer(text, size), ctypes.create_string_buffer(16)
                self.assertEqual(self.library.corogram_message_seal(auth_key, sender, buffer, size, msg_key), OK)
                self.assertEqual((buffer.raw, msg_key.raw), (encrypted, large[8:24]))
                self.assertEqual(self.library.corogram_message_open(auth_key, sender, msg_key, buffer, size), OK)
                self.assertEqual(buffer.raw, text)

    def test_many_messages(self):
        sizes = [16 * self.random.randrange(1, 30) for _ in range(120)]
        texts = [self.random.randbytes(size) for size in sizes]
        keys = [self.random.randbytes(256) for _ in sizes]
        buffers = [ctypes.create_string_buffer(text, len(text)) for text in texts]
        messages = (Message * len(sizes))()
        for i, message in enumerate(messages):
            message.auth_key, message.text, message.size = keys[i], ctypes.addressof(buffers[i]), sizes[i]
            message.sender, message.status = (CLIENT, SERVER)[i % 2], 99
        self.assertEqual(self.library.corogram_messages_seal(messages, len(messages)), OK)
        for i, message in enumerate(messages):
            large, encrypted = self.sealed_by_hand(keys[i], message.sender, texts[i])
            self.assertEqual((message.status, bytes(message.msg_key_large)), (OK, large))
            self.assertEqual((buffers[i].raw, bytes(message.msg_key)), (encrypted, large[8:24]))
        messages[100].msg_key[15] ^= 0x80
        self.assertEqual(self.library.corogram_messages_open(messages, len(messages)), WRONG_MSG_KEY)
        for i, message in enumerate(messages):
            self.assertEqual(message.status, WRONG_MSG_KEY if i == 100 else OK)
            self.assertEqual(buffers[i].raw, bytes(sizes[i]) if i == 100 else texts[i])

    def test_factorisation(self):
        p, q = ctypes.c_uint64(), ctypes.c_uint64()
        for case in cases("factorisation.txt"):
            pq, smaller, larger = (int(case[name], 16) for name in ("pq", "p", "q"))
            self.assertEqual(self.library.corogram_factorize(pq, ctypes.byref(p), ctypes.byref(q)), OK)
            self.assertEqual((p.value, q.value), (smaller, larger))
        for number in (0, 1, 7, 8, 2**64 - 1):
            self.assertEqual(
                self.library.corogram_factorize(number, ctypes.byref(p), ctypes.byref(q)), NOT_TWO_PRIMES
            )

    def test_wrong_arguments_are_refused(self):
        key, text, out = bytes(32), bytes(range(32)), ctypes.create_string_buffer(64)
        at = ctypes.addressof(out)
        for name in ("ige_encrypt", "ige_decrypt", "cbc_encrypt", "cbc_decrypt"):
            function = getattr(self.library, f"corogram_{name}")
            iv = ctypes.create_string_buffer(32)
            for position in range(4):
                arguments = [key, iv, text, out]
                arguments[position] = None
                self.assertEqual(function(*arguments, 32), NULL_ARGUMENT, (name, position))
            self.assertEqual(function(key, iv, None, None, 0), OK, name)
            for size in (1, 15, 33):
                self.assertEqual(function(key, iv, text, out, size), WRONG_SIZE, name)
            self.assertEqual(function(key, iv, at, at + 16, 32), OVERLAP, name)
            self.assertEqual((out.raw, iv.raw), (bytes(64), bytes(32)), name)
        self.assertEqual(self.library.corogram_ctr_new(key, None, ctypes.byref(ctypes.c_void_p())), NULL_ARGUMENT)
        self.assertEqual(self.library.corogram_ctr_apply(None, text, out, 1), NULL_ARGUMENT)
        self.library.corogram_ctr_free(None)
        auth_key, msg_key = bytes(256), ctypes.create_string_buffer(16)
        for sender in (-1, 1, 7, 9):
            self.assertEqual(self.library.corogram_message_seal(auth_key, sender, out, 48, msg_key), WRONG_SENDER)
        for size in (0, 8, 47):
            self.assertEqual(self.library.corogram_message_open(auth_key, CLIENT, msg_key, out, size), WRONG_SIZE)
        self.assertEqual(self.library.corogram_message_open(auth_key, CLIENT, msg_key, None, 48), NULL_ARGUMENT)
        self.assertEqual(self.library.corogram_messages_open(None, 1), NULL_ARGUMENT)
        self.assertEqual(self.library.corogram_messages_open(None, 0), OK)
        self.assertEqual(out.raw, bytes(64))

    def test_kernels_have_names_and_other_subjects_none(self):
        for subject in (b"ige", b"ctr", b"hash", b"open", b"seal"):
            self.assertTrue(self.library.corogram_kernel(subject))
        self.assertIsNone(self.library.corogram_kernel(b"dh"))
        self.assertIsNone(self.library.corogram_kernel(None))

    def test_a_kernel_can_be_forced(self):
        code = "import ctypes, sys; l = ctypes.CDLL(sys.argv[1]); l.corogram_kernel.restype = ctypes.c_char_p; "
        code += "print(l.corogram_kernel(b'ige').decode(), l.corogram_kernel(b'ctr').decode())"
        environment = dict(os.environ, COROGRAM_KERNEL="reference")
        said = subprocess.check_output([sys.executable, "-c", code, OPTIONS.library], env=environment, text=True)
        self.assertEqual(said.split(), ["reference", "reference"])

    def test_it_exports_the_headers_functions_and_nothing_else(self):
        with open(OPTIONS.header, encoding="utf-8") as file:
            declared = set(re.findall(r"^[a-z][\w *]*?\b(corogram_\w+)\(", file.read(), re.M))
        listed = subprocess.check_output(["nm", "-D", "--defined-only", OPTIONS.library], text=True)
        exported = {line.split()[2].split("@")[0] for line in listed.splitlines() if line.split()[1] != "A"}
        self.assertEqual(exported, declared)
        self.assertGreater(len(declared), 10)

    # ---- the examples of the README, as they stand there

    def example(self, language):
        with open(OPTIONS.readme, encoding="utf-8") as file:
            (code,) = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.M | re.S)
        return code

    def run_example(self, *command):
        environment = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(OPTIONS.library))
        return subprocess.check_output(command, env=environment, text=True).strip()

    def test_the_readmes_python_runs(self):
        said = self.run_example(sys.executable, "-c", self.example("python"))
        self.assertEqual(said, "an answer, padded to 32 bytes...")

    def test_the_readmes_c_compiles_and_runs(self):
        with tempfile.TemporaryDirectory() as scratch:
            source, program = os.path.join(scratch, "example.c"), os.path.join(scratch, "example")
            with open(source, "w", encoding="utf-8") as file:
                file.write(self.example("c"))
            include, library = os.path.dirname(OPTIONS.header), os.path.dirname(OPTIONS.library)
            flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{include}"]
            command = [*shlex.split(OPTIONS.compiler), *flags, source, "-o", program, f"-L{library}"]
            subprocess.check_call([*command, "-lcorogram_crypto"])
            self.assertEqual(self.run_example(program), "an answer, padded to 32 bytes...")


def main(arguments):
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("library", "header", "data", "readme", "compiler"):
        parser.add_argument(f"--{name}", required=True)
    OPTIONS = parser.parse_args(arguments)
    OPTIONS.library = os.path.abspath(OPTIONS.library)
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main(sys.argv[1:])
