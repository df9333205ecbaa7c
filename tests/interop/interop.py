"""Other people's clients against our server, and our client against another server, as one table.

    interop.py --corogram EXECUTABLE --tgcrypto FILE --scratch DIR [--report DIR] [NAME...]

NAME picks rows: a client's short name (telethon pyrogram mtcute gotd tgtest pproxy) or the beginning of
its full one. Every step of every row counts. Where CI is set to true, a skipped row is a failure.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import clients
from report import Report, indented, tail
from toolchains import Toolchains, prepare

RUN_LIMIT_SECONDS = 45
START_LIMIT_SECONDS = 20
STOP_LIMIT_SECONDS = 10
NOT_REACHED = "not reached"
CALL_STEPS = ["connect", "key exchange", "help.getConfig", "close"]


class Peer:
    """A server process: its first line of output is a JSON object, the rest is its log."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.lines = []
        self.greeted = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()
        self.greeted.wait(START_LIMIT_SECONDS)
        try:
            self.greeting = json.loads(self.lines[0])
        except (IndexError, ValueError):
            self.process.kill()
            raise RuntimeError(f"it did not start: {''.join(self.lines)[:2000] or 'it said nothing'}")

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.greeted.set()
        self.greeted.set()

    def log_since(self, position):
        return tail("".join(self.lines[position:]), 30)

    def interrupted(self):
        """Ends the server as Ctrl-C would; returns what was wrong with its end."""
        self.process.send_signal(signal.SIGINT)
        return self.ending()

    def closed(self):
        """Ends the server by closing its standard input; returns what was wrong with its end."""
        self.process.stdin.close()
        return self.ending()

    def ending(self):
        try:
            code = self.process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return f"it did not end within {STOP_LIMIT_SECONDS} s"
        return "" if code == 0 else f"it ended with {code}:\n{self.log_since(1)}"


def run_command(command):
    """(exit code or None, output, error output) of a command under the time limit of one run."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RUN_LIMIT_SECONDS,
        )
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        kept = [(part or b"").decode(errors="replace") for part in (error.stdout, error.stderr)]
        return None, kept[0], f"{kept[1]}\nended after {RUN_LIMIT_SECONDS} s"


def reported_steps(output):
    """(step -> (ok, detail), the lines of `output` that report no step)"""
    steps, others = {}, []
    for line in output.splitlines():
        try:
            step = json.loads(line)
            steps[step["step"]] = (step["ok"], step["detail"])
        except (ValueError, KeyError, TypeError):
            others.append(line)
    return steps, "\n".join(others)


def departures(lines):
    """The rules that a client broke, as the server's events name them."""
    rules = set()
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "violation":
            rules.add(f"{event['rule']} ({event['requirement']}, {event['verdict']})")
    return rules


class Table:
    """Prints the rows as they come and keeps the counts."""

    def __init__(self, report, in_ci):
        self.report = report
        self.in_ci = in_ci
        self.problems = {}  # (client, problem) -> (transports, evidence of the first)

    def header(self):
        print(f"\n{'':<28}{'transport':<34}" + "".join(f"{step:<16}" for step in clients.STEPS))

    def row(self, name, transport, verdicts, evidence):
        """`verdicts`: step -> "" for a pass, else the problem; a step that is not there was not offered."""
        cells = []
        for step in clients.STEPS:
            if step not in verdicts:
                cells.append("-")
                continue
            problem = verdicts[step]
            self.report.check(f"{transport}: {step}", problem, group=name)
            cells.append(problem if problem == NOT_REACHED else "FAILED" if problem else "ok")
        print(f"{name:<28}{transport:<34}" + "".join(f"{cell:<16}" for cell in cells).rstrip(), flush=True)
        failed = [f"{step}: {problem}" for step, problem in verdicts.items() if problem]
        if failed:
            transports, _ = self.problems.setdefault((name, failed[0]), ([], evidence))
            transports.append(transport)

    def unprepared(self, name, transports, reason):
        for transport in transports:
            if self.in_ci:
                self.report.failed(transport, f"skipped, which CI does not allow: {reason}", group=name)
            else:
                self.report.skipped(transport, reason, group=name)
            print(f"{name:<28}{transport:<34}{'FAILED' if self.in_ci else 'skipped'} ({reason})", flush=True)


def judge(wanted, steps, code, errors):
    """step -> "" or the problem: the first step that is missing or bad takes the blame."""
    verdicts, blamed = {}, False
    for step in wanted:
        ok, detail = steps.get(step, (None, ""))
        if blamed:
            verdicts[step] = NOT_REACHED
        elif ok:
            verdicts[step] = ""
        else:
            last = errors.strip().splitlines()[-1:] or [f"the client ended with {code}"]
            verdicts[step] = detail or last[0]
            blamed = True
    if code != 0 and not blamed:
        verdicts[wanted[-1]] = f"the client ended with {code}"
    return verdicts


#= AK-05 test
#= AK-13 test
#= TR-18 test
def meet_our_server(table, chosen, toolchains, corogram):
    """Every chosen client over every transport that it offers against one running `corogram serve`.

    Each computes the key's fingerprint by itself; Telethon and Pyrogram send p_q_inner_data without a dc;
    all but mtcute speak the full transport, which has no tag.
    """
    ready = [(client, *prepare(client.name, lambda c=client: c.prepare(toolchains))) for client in chosen]
    print("starting corogram serve ...", flush=True)
    secrets = [argument for secret in clients.SECRETS.values() for argument in ("--secret", secret)]
    server = Peer([corogram, "serve", "--port", "0", "--json", "--tls-port", "0", *secrets])
    greeting = dict(server.greeting, host=server.greeting["address"], secrets=clients.SECRETS)
    recorded = {}
    table.header()
    for client, command, reason in ready:
        if not command:
            table.unprepared(client.name, client.transports, reason)
            continue
        first = len(server.lines)
        for transport in client.transports:
            position = len(server.lines)
            code, output, errors = run_command([*command, json.dumps(dict(greeting, transport=transport))])
            steps, others = reported_steps(output)
            verdicts = judge(client.steps, steps, code, errors)
            evidence = f"the client said:\n{indented(tail(others + errors, 20))}\n"
            evidence += f"the server said:\n{indented(server.log_since(position))}"
            table.row(client.name, transport, verdicts, evidence)
        recorded[client.name] = departures(server.lines[first:])
    if any(recorded.values()):
        print("\nRules that clients broke, and what the server did about it:")
        for name, rules in recorded.items():
            print(f"{name:<28}{', '.join(sorted(rules)) or 'none'}")
    table.report.check("corogram serve ends cleanly after all of them", server.interrupted())


def our_call(corogram, greeting, port, key_file, arguments):
    """(steps, code, errors) of `corogram call` asking a server for its configuration."""
    command = [corogram, "call", f"{greeting['host']}:{port}", "help.getConfig", "--verbose"]
    command += ["--key", key_file, "--dc", str(greeting["dc"]), *arguments]
    code, output, errors = run_command(command)

    stages = {line.split()[0] for line in errors.splitlines() if line.strip()}
    steps = {"connect": ("connected" in stages, ""), "key exchange": ("key_agreed" in stages, "")}
    try:
        config = json.loads(output)
        wrong = "" if config.get("this_dc") == greeting["dc"] else f"this_dc is {config.get('this_dc')}"
        steps["help.getConfig"] = (not wrong, wrong)
    except ValueError:
        pass
    steps["close"] = (code == 0, "" if code == 0 else f"it ended with {code}")
    return steps, code, errors


def meet_tgtest(table, toolchains, corogram):
    """Our client over every transport against gotd/td's own test server."""
    command, reason = prepare("tgtest", lambda: clients.prepare_server(toolchains))
    if not command:
        table.unprepared(clients.SERVER_NAME, clients.SERVER_TRANSPORTS, reason)
        return
    server = Peer(command)
    key_file = toolchains.path("tgtest.pem")
    with open(key_file, "w", encoding="ascii") as file:
        file.write(server.greeting["public_key_pem"])
    table.header()
    for transport in clients.SERVER_TRANSPORTS:
        position = len(server.lines)
        framing, _, obfuscation = transport.partition(", ")
        port = server.greeting["obfuscated_port" if obfuscation else "port"]
        # tgtest takes a frame's length modulo 4 for its padding: no more than 3 bytes of it work.
        arguments = ["--framing", framing.replace(" ", "_"), "--max-padding", "3"]
        arguments += ["--obfuscated"] if obfuscation else []
        steps, code, errors = our_call(corogram, server.greeting, port, key_file, arguments)
        verdicts = judge(CALL_STEPS, steps, code, errors)
        evidence = f"corogram call said:\n{indented(tail(errors, 20))}\n"
        evidence += f"tgtest said:\n{indented(server.log_since(position))}"
        table.row(clients.SERVER_NAME, transport, verdicts, evidence)
    table.report.check("tgtest ends cleanly", server.closed())


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Proxy:
    """A pproxy process that takes SOCKS5 and HTTP CONNECT; `user` is "name:password" or empty."""

    def __init__(self, command, user):
        self.address = f"127.0.0.1:{free_port()}"
        plain = urllib.parse.unquote(user)
        self.process = subprocess.Popen(
            [*command, "-v", "-l", f"socks5+http://{self.address}{'#' + plain if plain else ''}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.wait_until_it_listens()

    def wait_until_it_listens(self):
        deadline = time.monotonic() + START_LIMIT_SECONDS
        host, port = self.address.split(":")
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"pproxy did not start: {self.end()[:2000]}")

    def end(self):
        """What it said."""
        self.process.kill()
        return self.process.communicate()[0]


def lets_strangers_through(command, scheme, call):
    """Whether a proxy that wants a user takes one with another password; "" or what happened."""
    proxy = Proxy(command, clients.PROXY_USER)  # a new one: it remembers the addresses of its users
    _, code, errors = call(f"{scheme}://{clients.PROXY_USER}x@{proxy.address}")
    proxy.end()
    # Over SOCKS5 pproxy says no by hanging up.
    reason = "does not accept the user" if scheme == "http" else "ended the TCP connection"
    return "" if code == 1 and reason in errors else f"a wrong password ended with {code}: {errors[-300:]}"


def meet_proxies(table, toolchains, corogram):
    """Our client by way of somebody else's proxy to our own server."""
    command, reason = prepare("pproxy", lambda: clients.prepare_proxy(toolchains))
    if not command:
        table.unprepared(clients.PROXY_NAME, clients.PROXY_TRANSPORTS, reason)
        return
    server = Peer([corogram, "serve", "--port", "0", "--json"])
    key_file = toolchains.path("proxied.pem")
    with open(key_file, "w", encoding="ascii") as file:
        file.write(server.greeting["public_key_pem"])
    greeting = dict(server.greeting, host=server.greeting["address"])

    def call(url):
        return our_call(corogram, greeting, greeting["port"], key_file, ["--proxy", url])

    table.header()
    for transport in clients.PROXY_TRANSPORTS:
        user = clients.PROXY_USER if "user" in transport else ""
        scheme = "socks5" if transport.startswith("SOCKS5") else "http"
        proxy = Proxy(command, user)
        url = f"{scheme}://{user + '@' if user else ''}{proxy.address}"
        steps, code, errors = call(url)
        said = proxy.end()
        if user:
            trouble = lets_strangers_through(command, scheme, call)
            steps["close"] = (not code and not trouble, trouble)
        verdicts = judge(CALL_STEPS, steps, code, errors)
        evidence = f"corogram call said:\n{indented(tail(errors, 20))}\n"
        evidence += f"pproxy said:\n{indented(tail(said, 20))}"
        table.row(clients.PROXY_NAME, transport, verdicts, evidence)
    table.report.check("corogram serve ends cleanly after the proxies", server.interrupted())


# The names of the parts in which our client meets other people's servers.
SERVERS = {"tgtest": meet_tgtest, "pproxy": meet_proxies}


def choose(names):
    """(the chosen clients, the chosen names of SERVERS); exits for a name that fits nothing."""
    if not names:
        return clients.CLIENTS, list(SERVERS)
    chosen = []
    for name in (name.lower() for name in names):
        found = [c for c in clients.CLIENTS if c.short == name or c.name.lower().startswith(name)]
        if not found and name not in SERVERS:
            print(f"no client is called '{name}'", file=sys.stderr)
            sys.exit(2)
        chosen += [client for client in found if client not in chosen]
    return chosen, [name.lower() for name in names if name.lower() in SERVERS]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corogram", required=True)
    parser.add_argument("--tgcrypto", required=True, help="our Python module of that name")
    parser.add_argument("--scratch", required=True)
    parser.add_argument("--report", metavar="DIR", help="write DIR/interop.xml (JUnit)")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)

    chosen, servers = choose(options.names)
    report = Report("interop")
    table = Table(report, os.environ.get("CI") == "true")
    toolchains = Toolchains(options.scratch, options.tgcrypto)
    corogram = os.path.abspath(options.corogram)
    begin = time.monotonic()
    try:
        if chosen:
            meet_our_server(table, chosen, toolchains, corogram)
        for name in servers:
            SERVERS[name](table, toolchains, corogram)
    except RuntimeError as error:
        report.failed("the servers start", str(error))
        table.problems[("a server", str(error))] = (["all"], "")

    for (name, problem), (transports, evidence) in table.problems.items():
        print(f"\nFAILED {name}, {'; '.join(transports)}\n{indented(problem)}\n{indented(evidence)}")
    print(f"\n{time.monotonic() - begin:.0f} s in all; skipped: {report.count('skipped')}")
    if options.report:
        print(f"JUnit file: {report.write(options.report)}")
    print(f"{report.count('passed')} passed, {report.count('failed')} failed", flush=True)
    return 1 if report.count("failed") or not report.count("passed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
