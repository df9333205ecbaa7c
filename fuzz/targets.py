"""What the fuzz targets are, where their corpora lie, and how one is run."""

import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
# Units: bytes, seconds, MiB. The library's own limits lie far below the last two.
LONGEST_INPUT = 4096
SLOWEST_INPUT = 20
MOST_MEMORY = 2048
LIMITS = [f"-max_len={LONGEST_INPUT}", f"-timeout={SLOWEST_INPUT}", f"-rss_limit_mb={MOST_MEMORY}"]
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def known():
    """The targets: each C++ file of this folder is one."""
    return sorted(name[:-4] for name in os.listdir(HERE) if name.endswith(".cpp"))


def purpose(target):
    """The comment at the head of a target's file, its first sentence."""
    with open(os.path.join(HERE, f"{target}.cpp"), encoding="utf-8") as file:
        text = " ".join(line[3:].strip() for line in file.read().split("\n\n")[0].splitlines())
    return text.split(". ")[0].rstrip(".")


def chosen(names):
    """(the targets that `names` begin, or all; the first name that begins none)"""
    targets = known()
    for name in names:
        if not any(target.startswith(name) for target in targets):
            return [], name
    return [t for t in targets if not names or t in names or any(t.startswith(n) and n not in targets for n in names)], None


def executable(build, target):
    return os.path.abspath(os.path.join(build, "fuzz", f"fuzz_{target}"))


def corpus(target):
    return os.path.join(CORPUS, target)


def dictionary(target):
    """The path of a target's dictionary, or None: its own, or that of its layer."""
    for stem in (target, target.split("_")[0]):
        path = os.path.join(HERE, "dictionaries", f"{stem}.dict")
        if os.path.exists(path):
            return path
    return None


def with_dictionary(target):
    path = dictionary(target)
    return [f"-dict={path}"] if path else []


def seconds(text):
    """A duration as people write it: 90, 90s, 5m, 1h."""
    match = re.fullmatch(r"(\d+)([smh]?)", text)
    if not match:
        raise ValueError(f"'{text}' is no duration: 90, 90s, 5m or 1h is one")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def readable(duration):
    """Seconds as 5 s, 1:05 or 1:00:05."""
    minutes, rest = divmod(int(duration), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def quiet(command, **options):
    """Runs a target to its end; its output is that of the result."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**ENVIRONMENT, **options.pop("env", {})},
        check=False,
        **options,
    )
