"""What a client script tells the table: one JSON line a step, `{"step": ..., "ok": ..., "detail": ...}`.

The script gets its configuration as one JSON argument: host, port, dc, test_mode, public_key_pkcs1_pem,
modulus and exponent (hex), fingerprint_signed (decimal) and transport.
"""

import asyncio
import json
import os
import sys

LIMIT_SECONDS = 30


def report(step, ok=True, detail=""):
    print(json.dumps({"step": step, "ok": ok, "detail": str(detail)}), flush=True)


def noting_connects(transport):
    """A subclass of a client's transport class that reports its first completed connect."""

    class Noted(transport):
        reported = False

        async def connect(self, *arguments, **named):
            outcome = await super().connect(*arguments, **named)
            if not Noted.reported:
                Noted.reported = True
                report("connect")
            return outcome

    return Noted


def check_config(config, settings):
    """Why the answer to help.getConfig does not describe the server that was asked, or nothing."""
    if config.this_dc != settings["dc"]:
        return f"this_dc is {config.this_dc} instead of {settings['dc']}"
    if not any(option.port == settings["port"] for option in config.dc_options):
        return f"none of the {len(config.dc_options)} dc_options has port {settings['port']}"
    return ""


def run(exchange):
    """Runs the coroutine function `exchange(settings)` under a time limit; the process ends with its verdict."""

    async def limited():
        await asyncio.wait_for(exchange(json.loads(sys.argv[1])), LIMIT_SECONDS)

    code = 0
    try:
        asyncio.get_event_loop_policy().get_event_loop().run_until_complete(limited())
    except asyncio.TimeoutError:
        print(f"no end after {LIMIT_SECONDS} s", file=sys.stderr)
        code = 1
    except BaseException as error:  # whatever a client raises is the table's to show
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a client's own threads and tasks must not keep a failed run alive
