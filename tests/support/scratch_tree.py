"""A scratch copy of the source tree, in which one place at a time is changed; the tree itself is never touched."""

import contextlib
import os
import shutil
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = "build"  # the folder in a copy that is the copy's own


def source_files():
    """The files of the working copy that git does not ignore, relative to ROOT."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and os.path.isfile(os.path.join(ROOT, name))]


def renew(tree):
    """Makes `tree` a copy of the sources. What is the same keeps its time, so that little is built again."""
    names = source_files()
    for name in names:
        source, target = os.path.join(ROOT, name), os.path.join(tree, name)
        if not os.path.exists(target) or read(source) != read(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    known = {os.path.join(tree, name) for name in names}
    for folder, folders, files in os.walk(tree):
        if folder == tree and BUILD in folders:
            folders.remove(BUILD)
        for path in (os.path.join(folder, file) for file in files):
            if path not in known:
                os.remove(path)


@contextlib.contextmanager
def changed(tree, file, replacements):
    """A block in which `file` of the copy has each (old, new) replaced. LookupError: an old text is not there once."""
    path = os.path.join(tree, file)
    original = read(path)
    with open(path, "wb") as out:
        out.write(replaced(file, original.decode(), replacements).encode())
    try:
        yield
    finally:
        with open(path, "wb") as out:
            out.write(original)


def replaced(file, text, replacements):
    for old, new in replacements:
        if text.count(old) != 1:
            raise LookupError(f"{file} has {text.count(old)} places for it")
        text = text.replace(old, new)
    return text


def read(path):
    with open(path, "rb") as file:
        return file.read()


def environment(c_compiler, cxx_compiler):
    """The variables for a build of the copy. Its compilations are those of the tree, in another folder."""
    ccache = "ccache " if shutil.which("ccache") else ""
    return {**os.environ, "CC": ccache + c_compiler, "CXX": ccache + cxx_compiler, "CCACHE_NOHASHDIR": "true"}
