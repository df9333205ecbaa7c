"""The rows of the table: which client, over which transports, and how it is prepared.

A client's script takes one JSON argument and prints one JSON line a step (python/steps.py). To add a
client, write its script and a row here; to add a transport, add it to the script and to the row.
"""

import os

HERE = os.path.dirname(os.path.abspath(__file__))

STEPS = ["connect", "key exchange", "help.getConfig", "ping", "close"]
FRAMINGS = ["abridged", "intermediate", "padded intermediate", "full"]


class Client:
    """A program of other people that meets our server."""

    def __init__(self, name, short, transports, prepare, unoffered=()):
        self.name = name
        self.short = short
        self.transports = transports
        self.prepare = prepare  # Toolchains -> the command, to which the configuration is added
        self.steps = [step for step in STEPS if step not in unoffered]


# The secrets of our server as an MTProxy; the last one holds the name example.org.
SECRETS = {
    "simple": "00112233445566778899aabbccddeeff",
    "dd": "dd112233445566778899aabbccddeeff00",
    "ee": "ee22334455667788990011aabbccddeeff6578616d706c652e6f7267",
}
TELETHON_PROXIES = ["MTProxy, simple, abridged", "MTProxy, simple, intermediate", "MTProxy, dd"]


def obfuscated(*framings):
    return [f"{framing}, obfuscated" for framing in framings]


def python_client(requirements, script):
    path = os.path.join(HERE, "python", script)
    return lambda toolchains: [toolchains.python(requirements), path]


def pyrogram_on_our_tgcrypto(toolchains):
    command = toolchains.python_with_our_tgcrypto("pyrogram", "pyrogram.crypto.aes")
    return [*command, os.path.join(HERE, "python", "pyrogram_client.py")]


CLIENTS = [
    Client(
        "Telethon 1.45.0",
        "telethon",
        ["abridged", "intermediate", "full", *obfuscated("abridged"), *TELETHON_PROXIES],
        python_client("telethon", "telethon_client.py"),
    ),
    Client(
        "Telethon 1.25.1, layer 144",
        "telethon",
        ["abridged", "intermediate", "full", *obfuscated("abridged"), *TELETHON_PROXIES],
        python_client("telethon-144", "telethon_client.py"),
    ),
    Client(
        "Pyrogram 2.0.106",
        "pyrogram",
        ["abridged", "intermediate", "full", *obfuscated("abridged", "intermediate")],
        python_client("pyrogram", "pyrogram_client.py"),
    ),
    Client(
        "Pyrogram on our tgcrypto",
        "pyrogram",
        ["abridged", *obfuscated("abridged")],
        pyrogram_on_our_tgcrypto,
    ),
    Client(
        "Kurigram 2.2.26",
        "pyrogram",
        [*FRAMINGS, *obfuscated("abridged", "intermediate")],
        python_client("kurigram", "pyrogram_client.py"),
    ),
    Client(
        "mtcute 0.30.3",
        "mtcute",
        [
            *["intermediate", "padded intermediate"],
            *obfuscated("intermediate", "padded intermediate"),
            *["WebSocket", "WebSocket in TLS"],
            *["MTProxy, simple", "MTProxy, dd", "MTProxy, ee"],
        ],
        lambda toolchains: toolchains.node_script("mtcute", "client.mjs"),
        unoffered=["ping"],  # it pings by itself and offers no call for it
    ),
    Client(
        "gotd/td 0.160.0",
        "gotd",
        # Not full and obfuscated: its obfuscation header then announces intermediate, which
        # its own server does not understand either.
        [
            *FRAMINGS,
            *obfuscated("abridged", "intermediate", "padded intermediate"),
            *["intermediate, PFS", "abridged, obfuscated, PFS"],
        ],
        lambda toolchains: toolchains.go_program("gotd", "client"),
    ),
]

# The independent proxies for our own client: pproxy before our own server.
PROXY_NAME = "corogram through pproxy"
PROXY_USER = "someone:pass%20word"
PROXY_TRANSPORTS = ["SOCKS5", "SOCKS5 with a user", "HTTP CONNECT", "HTTP CONNECT with a user"]


def prepare_proxy(toolchains):
    return [toolchains.python("pproxy"), "-m", "pproxy"]


# The independent server for our own client: gotd/td's tgtest.
SERVER_NAME = "corogram against tgtest"
SERVER_TRANSPORTS = [*FRAMINGS, *obfuscated("abridged", "intermediate", "padded intermediate")]


def prepare_server(toolchains):
    return toolchains.go_program("gotd", "tgtest")
