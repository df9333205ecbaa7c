"""Telethon, as published, against the server of the configuration."""

import sys

import steps
from telethon import TelegramClient, functions
from telethon.crypto import rsa
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
    ConnectionTcpMTProxyAbridged,
    ConnectionTcpMTProxyIntermediate,
    ConnectionTcpMTProxyRandomizedIntermediate,
    ConnectionTcpObfuscated,
)
from telethon.sessions import MemorySession

TRANSPORTS = {
    "abridged": ConnectionTcpAbridged,
    "intermediate": ConnectionTcpIntermediate,
    "full": ConnectionTcpFull,
    "abridged, obfuscated": ConnectionTcpObfuscated,
    "MTProxy, simple, abridged": ConnectionTcpMTProxyAbridged,
    "MTProxy, simple, intermediate": ConnectionTcpMTProxyIntermediate,
    "MTProxy, dd": ConnectionTcpMTProxyRandomizedIntermediate,
}


def proxy_of(settings):
    """Where an MTProxy is and its secret, if the transport is one."""
    kind, _, rest = settings["transport"].partition(", ")
    if kind != "MTProxy":
        return None
    return settings["host"], settings["port"], settings["secrets"][rest.split(",")[0]]


async def exchange(settings):
    rsa.add_key(settings["public_key_pkcs1_pem"], old=False)
    session = MemorySession()
    session.set_dc(settings["dc"], settings["host"], settings["port"])
    client = TelegramClient(
        session,
        api_id=1,
        api_hash="0" * 32,
        proxy=proxy_of(settings),
        connection=steps.noting_connects(TRANSPORTS[settings["transport"]]),
        connection_retries=1,
        auto_reconnect=False,
        request_retries=2,
    )
    # One call: the connection, the key exchange, and help.getConfig inside invokeWithLayer and initConnection.
    try:
        await client.connect()
    finally:
        if session.auth_key:
            steps.report("key exchange", detail=f"{len(session.auth_key.key)} bytes")

    config = await client(functions.help.GetConfigRequest())
    problem = steps.check_config(config, settings)
    steps.report("help.getConfig", not problem, problem)

    pong = await client(functions.PingRequest(ping_id=20260101))
    steps.report("ping", pong.ping_id == 20260101)

    await client.disconnect()
    steps.report("close", not client.is_connected())


if __name__ == "__main__":
    sys.exit(steps.run(exchange))
