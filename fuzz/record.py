"""Records what foreign clients and our server say to each other, as seeds of the streams' targets.

    record.py --corogram EXECUTABLE [--scratch DIR] [CLIENT...]

A relay on loopback stands between each client of tests/interop and `corogram serve`, and keeps the beginning
of what goes either way: fuzz/corpus/transport_{server,client}_stream/recorded-CLIENT-TRANSPORT. The server's
keys are made for the occasion and gone with it; nothing of the machine goes over the wire.
"""

import argparse
import json
import os
import re
import socket
import sys
import threading

import targets

INTEROP = os.path.join(os.path.dirname(targets.HERE), "tests", "interop")
sys.path[:0] = [INTEROP]
import clients
import interop
from toolchains import Toolchains, prepare

# Units: bytes. A whole key exchange and the first encrypted packets.
KEPT = targets.LONGEST_INPUT - 2
FRAMINGS = ["abridged", "intermediate", "padded intermediate", "full"]


class Relay:
    """Passes bytes on between one port and another, and keeps those of the first connection."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.said = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            said = [bytearray(), bytearray()]
            self.said = self.said or said
            far = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, kept in ((near, far, said[0]), (far, near, said[1])):
                threading.Thread(target=self.carry, args=(source, sink, kept), daemon=True).start()

    @staticmethod
    def carry(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept += data[: KEPT - len(kept)]
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()


def keep(target, name, choices, wire):
    if not wire:
        return
    folder = targets.corpus(target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"recorded-{name}"), "wb") as file:
        file.write(choices + bytes(wire))


def server_choices(transport):
    """HTTP, WebSocket and the secrets of the target as they were; see transport_server_stream.cpp."""
    return bytes([0x0F if "MTProxy" in transport else 0x03, 3])


def client_choices(transport):
    """The framing as transport_client_stream.cpp counts them. Obfuscated answers have none."""
    plain = transport.split(",")[0]
    return bytes([FRAMINGS.index(plain), 3]) if transport in FRAMINGS else None


def record(client, command, greeting):
    for transport in client.transports:
        if "TLS" in transport:
            continue  # encrypted by TLS itself
        relay = Relay(greeting["port"])
        configuration = dict(greeting, port=relay.port, secrets=targets_secrets(), transport=transport)
        code, _, errors = interop.run_command([*command, json.dumps(configuration)])
        relay.listener.close()
        name = re.sub(r"[^a-z0-9]+", "-", f"{client.name} {transport}".lower()).strip("-")
        said = relay.said or [b"", b""]
        print(f"{name:<60}{len(said[0]):>6}{len(said[1]):>6}  {'ok' if code == 0 else errors.strip()[-80:]}", flush=True)
        if code:
            continue
        keep("transport_server_stream", name, server_choices(transport), said[0])
        if choices := client_choices(transport):
            keep("transport_client_stream", name, choices, said[1])


def targets_secrets():
    """The secrets that transport_server_stream.cpp knows, in the names of tests/interop."""
    secret = "00112233445566778899aabbccddeeff"
    return {"simple": secret, "dd": f"dd{secret}", "ee": f"ee{secret}6578616d706c652e6f7267"}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corogram", required=True, help="the program, for `serve`")
    parser.add_argument("--scratch", default="build/fuzz-recording", help="for the clients (default %(default)s)")
    parser.add_argument("names", nargs="*", metavar="CLIENT", help="telethon pyrogram mtcute gotd, or the beginning of a name")
    options = parser.parse_args(arguments)
    os.makedirs(options.scratch, exist_ok=True)
    toolchains = Toolchains(os.path.abspath(options.scratch), "")
    secrets = [argument for secret in targets_secrets().values() for argument in ("--secret", secret)]
    server = interop.Peer([options.corogram, "serve", "--port", "0", "--json", *secrets])
    greeting = dict(server.greeting, host=server.greeting["address"])
    for client in clients.CLIENTS:
        if "our tgcrypto" in client.name:
            continue  # says what Pyrogram says
        if options.names and not any(n == client.short or client.name.lower().startswith(n.lower()) for n in options.names):
            continue
        command, reason = prepare(client.name, lambda c=client: c.prepare(toolchains))
        if not command:
            print(f"{client.name}: {reason}")
            continue
        record(client, command, greeting)
    problem = server.interrupted()
    if problem:
        print(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
