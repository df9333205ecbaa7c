"""Pyrogram, and the forks that go on with it, as published, against the server of the configuration."""

import inspect
import sys

import steps
from pyrogram import Client, raw
from pyrogram.connection import connection as connection_module
from pyrogram.connection import transport as transports
from pyrogram.crypto import rsa

TRANSPORTS = {
    "abridged": "TCPAbridged",
    "intermediate": "TCPIntermediate",
    "padded intermediate": "TCPIntermediatePadded",
    "full": "TCPFull",
    "abridged, obfuscated": "TCPAbridgedO",
    "intermediate, obfuscated": "TCPIntermediateO",
}


def make_client(settings, transport):
    """A client that finds `settings`: the forks offer factories for that, 2.0.106 has its addresses in tables."""
    options = {"api_id": 1, "api_hash": "0" * 32, "in_memory": True}
    if "connection_factory" in inspect.signature(Client).parameters:

        class Connection(connection_module.Connection):
            def __init__(self, **named):
                named.update(server_address=settings["host"], port=settings["port"])
                super().__init__(**named)

        return Client("interop", connection_factory=Connection, protocol_factory=transport, **options)

    from pyrogram.session.internals import DataCenter

    DataCenter.__new__ = lambda cls, *where: (settings["host"], settings["port"])
    connection_module.TCPAbridged = transport
    return Client("interop", **options)


async def exchange(settings):
    key = rsa.PublicKey(int(settings["modulus"], 16), int(settings["exponent"], 16))
    rsa.server_public_keys[int(settings["fingerprint_signed"])] = key
    transport = getattr(transports, TRANSPORTS[settings["transport"]])
    client = make_client(settings, steps.noting_connects(transport))

    # One call: the key exchange on a connection of its own; then ping and help.getConfig on a second one.
    await client.connect()
    key = await client.storage.auth_key()
    steps.report("key exchange", len(key) == 256, f"{len(key)} bytes")

    config = await client.invoke(raw.functions.help.GetConfig())
    problem = steps.check_config(config, settings)
    steps.report("help.getConfig", not problem, problem)

    pong = await client.invoke(raw.functions.Ping(ping_id=20260101))
    steps.report("ping", pong.ping_id == 20260101)

    await client.disconnect()
    steps.report("close", not client.is_connected)


if __name__ == "__main__":
    sys.exit(steps.run(exchange))
