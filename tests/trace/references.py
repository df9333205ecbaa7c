"""What the notes and the comments refer to in passing: numbers that have to exist, links that have to lead somewhere."""

import os
import re

LINK = re.compile(r"\]\(([^)\s]+)\)")


def notes(root):
    """The Markdown files that speak of requirements, relative to the root."""
    folder = os.path.join(root, "spec-notes")
    pages = sorted(f"spec-notes/{name}" for name in os.listdir(folder) if name.endswith(".md"))
    return [path for path in ("README.md", *pages) if os.path.exists(os.path.join(root, path))]


def lines_of(root, paths):
    for path in paths:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield path, number, line


def unknown_numbers(root, paths, inventory):
    """Numbers in prose and comments that look like a requirement's or a divergence's and are none."""
    known = {row.number for row in inventory.rows()} | set(inventory.divergences)
    prefixes = sorted({number.rsplit("-", 1)[0] for number in known})
    number = re.compile(rf"(?<![\w-])(?:{'|'.join(prefixes)})-\d{{2,}}\b")
    for path, line_number, line in lines_of(root, paths):
        for found in number.findall(line):
            if found not in known:
                yield f"{path}:{line_number}: there is no {found}"


def anchors_of(text):
    """The anchors of a page's headings, as the usual Markdown readers make them."""
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        yield re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(root):
    """Links between the notes, and from them to files of the project, that lead nowhere."""
    for path, line_number, line in lines_of(root, notes(root)):
        for link in LINK.findall(line):
            if "://" in link:
                continue
            target, _, anchor = link.partition("#")
            full = os.path.normpath(os.path.join(root, os.path.dirname(path), target)) if target else os.path.join(root, path)
            if not os.path.exists(full):
                yield f"{path}:{line_number}: {link} does not exist"
            elif anchor and full.endswith(".md"):
                with open(full, encoding="utf-8") as file:
                    if anchor not in anchors_of(file.read()):
                        yield f"{path}:{line_number}: {target or path} has no heading #{anchor}"
