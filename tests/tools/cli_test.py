"""The executable as its users meet it: what it prints, how it ends, and what it says of wrong input.

    cli_test.py PATH-OF-COROGRAM [unittest arguments]
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

EXECUTABLE = ""
LIMIT_SECONDS = 60
SECRETS = [
    "00112233445566778899aabbccddeeff",
    "dd112233445566778899aabbccddeeff00",
    "ee22334455667788990011aabbccddeeff6578616d706c652e6f7267",
]


def run(*arguments):
    return subprocess.run(
        [EXECUTABLE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )


class Server:
    """A `corogram serve --json` and what it said of itself."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [EXECUTABLE, "serve", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.banner = json.loads(self.process.stdout.readline())
        self.address = f"{self.banner['address']}:{self.banner['port']}"
        self.events = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def stop(self, how=signal.SIGINT):
        """Ends the server as Ctrl-C does; returns its exit code."""
        self.process.send_signal(how)
        self.process.wait(LIMIT_SECONDS)
        self.reader.join(LIMIT_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.returncode


@contextlib.contextmanager
def listener(talk):
    """A server that is none: `talk(socket)` has each connection, until the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as accepting:
        accepting.settimeout(0.1)

        def serve():
            while not over.is_set():
                try:
                    client, _ = accepting.accept()
                except TimeoutError:
                    continue
                client.settimeout(LIMIT_SECONDS)
                with client, contextlib.suppress(OSError):
                    talk(client)
                    while client.recv(4096):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{accepting.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def relay(client, host, port):
    with socket.create_connection((host, port), timeout=LIMIT_SECONDS) as server:
        other = threading.Thread(target=pump, args=(server, client))
        other.start()
        pump(client, server)
        other.join()


def read_exactly(client, size):
    data = b""
    while len(data) < size:
        part = client.recv(size - len(data))
        if not part:
            raise OSError("it ended")
        data += part
    return data


def socks5_proxy(client):
    """RFC 1928 and 1929 for the user moe with the password p@ss."""
    count = read_exactly(client, 2)[1]
    assert b"\x02" in read_exactly(client, count)
    client.sendall(b"\x05\x02")
    name = read_exactly(client, read_exactly(client, 2)[1])
    password = read_exactly(client, read_exactly(client, 1)[0])
    if (name, password) != (b"moe", b"p@ss"):
        client.sendall(b"\x01\x01")
        return
    client.sendall(b"\x01\x00")
    request = read_exactly(client, 10)
    assert request[:4] == b"\x05\x01\x00\x01"
    port = int.from_bytes(request[8:], "big")
    if port == 1:
        client.sendall(b"\x05\x02\x00" + request[3:])
        return
    # The answer comes in two pieces.
    client.sendall(b"\x05\x00\x00")
    client.sendall(request[3:])
    relay(client, socket.inet_ntoa(request[4:8]), port)


def connect_proxy(client):
    """CONNECT for the same user."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(client, 1)
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    assert method == "CONNECT"
    if b"Proxy-Authorization: Basic bW9lOnBAc3M=" not in head:
        client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return
    host, port = target.split(":")
    if port == "1":
        client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        return
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    relay(client, host, int(port))


class CommandLine(unittest.TestCase):
    def test_help_has_examples_and_exit_codes(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Exit codes", done.stdout)
        for command in ("demo", "serve", "call"):
            done = run(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Examples:", done.stdout)

    def test_a_wrong_command_line_ends_with_2(self):
        for arguments in ([], ["fly"], ["demo", "--fly"], ["serve", "--port", "70000"],
                          ["serve", "--rule", "no_such_rule=lax"], ["serve", "--host", "nowhere"],
                          ["serve", "--secret", "dd00"], ["serve", "--secret-only"],
                          ["serve", "--write-certificate", "a.pem"],
                          ["serve", "--fallback", "nowhere:443"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotEqual(done.stderr + done.stdout, "")

    def test_the_rules_can_be_listed(self):
        done = run("serve", "--list-rules")
        self.assertEqual(done.returncode, 0)
        self.assertIn("after_outermost", done.stdout)
        self.assertIn("INV-14", done.stdout)

    def test_demo_completes_the_exchange_over_every_transport(self):
        done = run("demo", "--brief")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("  ok"), 13, done.stdout)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_key_that_is_none_is_named(self):
        missing = os.path.join(self.folder, "missing.pem")
        self.assert_refused(run("serve", "--key", missing), missing, "No such file")
        garbage = self.file("garbage.pem", "garbage")
        self.assert_refused(run("serve", "--key", garbage), garbage, "PEM")
        self.assert_refused(run("call", "127.0.0.1:1", "help.getConfig", "--key", garbage),
                            garbage, "PEM")

    def test_a_wrong_line_of_auth_keys_is_named(self):
        keys = self.file("keys", "# fine\n" + "ab" * 256 + "\nabc\n")
        self.assert_refused(run("serve", "--auth-keys", keys), keys + ":3:")
        twice = self.file("twice", ("ab" * 256 + "\n") * 2)
        self.assert_refused(run("serve", "--auth-keys", twice), "twice")


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.key = os.path.join(cls.folder.name, "dc.pem")
        cls.certificate = os.path.join(cls.folder.name, "tls.pem")
        cls.server = Server("--dc", "4", "--write-public-key", cls.key, "--tls-port", "0",
                            "--write-certificate", cls.certificate,
                            *(word for secret in SECRETS for word in ("--secret", secret)))

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        cls.folder.cleanup()
        if code != 0:
            raise AssertionError(f"the server ended with {code}")

    def call(self, *arguments, address=None):
        return run("call", address or self.server.address, "--key", self.key, "--dc", "4",
                   *arguments)

    def test_the_banner_says_what_a_client_needs(self):
        banner = self.server.banner
        self.assertEqual(banner["dc"], 4)
        self.assertEqual(len(bytes.fromhex(banner["modulus"])), 256)
        self.assertEqual(banner["exponent"], "010001")
        self.assertIn("BEGIN PUBLIC KEY", banner["public_key_pem"])
        self.assertIn("BEGIN RSA PUBLIC KEY", banner["public_key_pkcs1_pem"])
        number = int(banner["fingerprint"], 16)
        self.assertEqual(int(banner["fingerprint_signed"]) % 2**64, number)
        self.assertNotEqual(banner["fingerprint"][0], "0")

    def test_an_answer_is_printed_as_json(self):
        done = self.call("help.getConfig")
        self.assertEqual(done.returncode, 0, done.stderr)
        config = json.loads(done.stdout)
        self.assertEqual(config["_"], "config")
        self.assertEqual(config["this_dc"], 4)
        self.assertEqual(config["dc_options"][0]["port"], self.server.banner["port"])

    def test_every_transport_can_be_chosen(self):
        for framing in ("abridged", "intermediate", "padded_intermediate", "full"):
            for more in ([], ["--obfuscated"]):
                with self.subTest(framing, more=more):
                    done = self.call("help.getNearestDc", "--framing", framing, *more)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_carrier_can_be_chosen(self):
        secure = f"127.0.0.1:{self.server.banner['tls_port']}"
        trust = ["--certificate", self.certificate]
        for address, arguments in (
            (None, ["--transport", "websocket"]),
            (None, ["--transport", "http"]),
            (secure, ["--transport", "wss", *trust]),
            (secure, ["--transport", "https", *trust]),
            (secure, ["--transport", "wss", "--any-certificate"]),
            *((None, ["--secret", secret]) for secret in SECRETS),
            *((link, []) for link in self.server.banner["proxy_links"]),
        ):
            with self.subTest(address, arguments=arguments):
                done = self.call("help.getNearestDc", *arguments, address=address)
                self.assertEqual(done.returncode, 0, done.stderr)
        seen = {event.get("carrier") for event in self.server.events}
        self.assertLessEqual({"tcp", "websocket", "fake_tls"}, seen)

    def test_a_foreign_certificate_ends_with_1(self):
        secure = f"127.0.0.1:{self.server.banner['tls_port']}"
        done = self.call("help.getNearestDc", "--transport", "wss", address=secure)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not trusted", done.stderr)

    def test_a_call_goes_by_way_of_a_proxy(self):
        for scheme, talk in (("socks5", socks5_proxy), ("http", connect_proxy)):
            with self.subTest(scheme), listener(talk) as address:
                url = f"{scheme}://moe:p%40ss@{address}"
                done = self.call("help.getNearestDc", "--proxy", url)
                self.assertEqual(done.returncode, 0, done.stderr)
                done = self.call("help.getNearestDc", "--proxy", url, "--transport", "websocket")
                self.assertEqual(done.returncode, 0, done.stderr)
                done = self.call("help.getNearestDc", "--proxy", url, address="127.0.0.1:1")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("the proxy refuses", done.stderr)
                done = self.call("help.getNearestDc", "--proxy", f"{scheme}://moe:no@{address}")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("does not accept the user", done.stderr)

    def test_a_wrong_way_to_the_server_ends_with_2(self):
        for arguments in (["--proxy", "ftp://a:1"], ["--proxy", "socks5://a"], ["--secret", "dd00"],
                          ["--proxy", "socks5://a%zz:b@c:1"], ["--transport", "pigeon"]):
            with self.subTest(arguments):
                done = self.call("help.getNearestDc", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
        done = self.call("help.getNearestDc", address="tg://proxy?server=a&port=1")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_parameters_are_read_from_json(self):
        done = self.call("help.getAppConfig", '{"hash": 1}')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["_"], "help.appConfigNotModified")

    def test_an_rpc_error_ends_with_3(self):
        done = self.call("updates.getState")
        self.assertEqual(done.returncode, 3)
        self.assertIn("401 AUTH_KEY_UNREGISTERED", done.stderr)

    def test_what_cannot_be_called_ends_with_2(self):
        for arguments in (["help.getNothing"], ["help.getAppConfig", '{"hush": 1}'],
                          ["help.getAppConfig", '{"hash": "x"}'], ["help.getAppConfig", "{"]):
            with self.subTest(arguments):
                done = self.call(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("corogram: ", done.stderr)

    def test_the_wrong_key_ends_with_1_and_the_server_goes_on(self):
        other = Server()
        self.addCleanup(other.stop)
        done = self.call("help.getConfig", address=other.address)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("key", done.stderr)
        again = self.call("help.getConfig")
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_a_port_without_a_server_ends_with_1(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = f"127.0.0.1:{closed.getsockname()[1]}"
        done = self.call("help.getConfig", address=address)
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused", done.stderr)

    def test_rubbish_for_an_answer_ends_with_1(self):
        answers = {
            "zeros": b"\0" * 100,
            "a length beyond the limit": b"\xff\xff\xff\x7f" + b"x" * 100,
            "a plain message of rubbish": (40).to_bytes(4, "little") + b"\0" * 8 + b"\x01" * 32,
            "text": b"HTTP/1.1 400 Bad Request\r\n\r\n",
        }
        for name, answer in answers.items():
            with self.subTest(name), listener(lambda client: client.sendall(answer)) as address:
                done = self.call("help.getConfig", "--timeout", "3", address=address)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("corogram: ", done.stderr)

    def test_silence_ends_with_1_at_the_deadline(self):
        with listener(lambda client: None) as address:
            done = self.call("help.getConfig", "--timeout", "0.3", address=address)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("time", done.stderr)

    def test_the_server_logs_what_clients_do(self):
        self.call("help.getNearestDc")
        names = {event["event"] for event in self.server.events}
        self.assertLessEqual(
            {"accepted", "transport", "key_exchange", "key_created", "session_created", "call"},
            names)


class Ending(unittest.TestCase):
    def test_both_signals_end_the_server_cleanly(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(how):
                server = Server()
                host, port = server.address.split(":")
                with socket.create_connection((host, int(port)), timeout=LIMIT_SECONDS):
                    self.assertEqual(server.stop(how), 0)


if __name__ == "__main__":
    EXECUTABLE = sys.argv.pop(1)
    unittest.main(verbosity=2)
