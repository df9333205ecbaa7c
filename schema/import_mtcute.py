#!/usr/bin/env python3
"""Makes api.tl and errors.tsv from an unpacked copy of the npm package @mtcute/core.

    schema/import_mtcute.py PACKAGE_FOLDER

Only names, numbers, types and flags are taken, no descriptions. What is mended on the way, and why,
is listed in README.md. Every number is recomputed; one that differs stops the import.
"""

import json
import pathlib
import re
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent

# Not part of the official layer: what is mtcute's own, and two constructors of old layers that it
# keeps under other names for its file ids.
FOREIGN = {
    'inputPeerPhotoFileLocationLegacy',
    'inputStickerSetThumbLegacy',
    'mtcute.customMethod',
    'mtcute.dummyInputPeerMinChannel',
    'mtcute.dummyInputPeerMinUser',
    'mtcute.dummyUpdate',
}

# Kept by mtcute, gone from the official layer.
RETIRED = {
    'channels.createForumTopic',
    'channels.deleteTopicHistory',
    'channels.editCreator',
    'channels.editForumTopic',
    'channels.getForumTopics',
    'channels.getForumTopicsByID',
    'channels.reorderPinnedForumTopics',
    'channels.updatePinnedForumTopic',
    'updateChannelPinnedTopic',
    'updateChannelPinnedTopics',
}

# Left out by mtcute, part of the official layer.
MISSING = [
    'boolFalse#bc799737 = Bool;',
    'boolTrue#997275b5 = Bool;',
    'null#56730bcc = Null;',
    'true#3fedd339 = True;',
    'vector#1cb5c415 {t:Type} # [ t ] = Vector t;',
]

API_HEAD = """\
// The Telegram API.
//
// LAYER {layer}
//
// Imported by import_mtcute.py from tl/api-schema.json of the npm package @mtcute/core {version}
// (MIT licence, see mtcute-LICENSE): names, numbers, flags and types only. What was mended is told
// in README.md. Constructors are sorted by type and name, functions by name.
"""

ERRORS_HEAD = """\
# RPC errors, one a line: code, TAB, text of the error, TAB, the methods of api.tl that are known to
# answer with it, with commas between (none: any method may). %d stands for a number in the text.
# Imported by import_mtcute.py from tl/raw-errors.json and tl/api-schema.json of the npm package
# @mtcute/core {version} (MIT licence, see mtcute-LICENSE): codes and names only.
"""


def type_text(type_name, modifiers):
    """The TL spelling of a type with mtcute's modifiers."""
    name = 'long' if type_name == 'int53' else type_name
    if modifiers.get('isBareUnion') or modifiers.get('isBareType'):
        raise SystemExit(f'a bare type was not expected: {type_name}')
    if modifiers.get('isVector'):
        name = f'Vector<{name}>'
    elif modifiers.get('isBareVector'):
        name = f'vector<{name}>'
    if 'predicate' in modifiers:
        name = f'{modifiers["predicate"]}?{name}'
    return name


def declaration(entry):
    """One line of TL."""
    parts = [f'{entry["name"]}#{entry["id"]:08x}']
    parts += [f'{{{one["name"]}:{one["type"]}}}' for one in entry.get('generics', [])]
    parts += [
        f'{one["name"]}:{type_text(one["type"], one.get("typeModifiers", {}))}'
        for one in entry['arguments']
    ]
    result = dict(entry.get('typeModifiers', {}))
    return f'{" ".join(parts)} = {type_text(entry["type"], result)};'


def number_of(line):
    """CRC32 of the canonical form of a line of TL."""
    text = re.sub(r'#[0-9a-f]{8}', '', line.rstrip(';'), count=1)
    text = re.sub(r' \w+:\w+\.\d+\?true(?= )', '', text)
    text = re.sub(r'([:?])bytes(?= )', r'\1string', text)
    text = re.sub(r'[<>{}]', ' ', text)
    return zlib.crc32(' '.join(text.split()).encode())


def split_name(name):
    """Sorts names without a namespace first."""
    namespace, _, local = name.rpartition('.')
    return namespace, local


def import_api(package, version):
    """Writes api.tl."""
    source = json.loads((package / 'tl/api-schema.json').read_text())
    constructors, functions, left_out = [], [], set()
    for entry in source['e']:
        if entry['name'] in FOREIGN | RETIRED:
            left_out.add(entry['name'])
            continue
        line = declaration(entry)
        if number_of(line) != entry['id']:
            raise SystemExit(f'the number is {number_of(line):08x}: {line}')
        if entry['kind'] == 'class':
            constructors.append((split_name(entry['type']), split_name(entry['name']), line))
        else:
            functions.append((split_name(entry['name']), line))
    if left_out != FOREIGN | RETIRED:
        raise SystemExit(f'not found: {sorted((FOREIGN | RETIRED) - left_out)}')
    for line in MISSING:
        name, kind = re.match(r'(\w+)#.* = (.*);', line).groups()
        constructors.append((split_name(kind), split_name(name), line))

    lines = [line for *_, line in sorted(constructors)]
    lines += ['', '---functions---', '']
    lines += [line for *_, line in sorted(functions)]
    head = API_HEAD.format(layer=source['l'], version=version)
    (HERE / 'api.tl').write_text(head + '\n' + '\n'.join(lines) + '\n')
    counts = f'{len(constructors)} constructors, {len(functions)} functions'
    print(f'api.tl: layer {source["l"]}, {counts}')


def import_errors(package, version):
    """Writes errors.tsv. Where both files know a method's error, the schema's code counts."""
    schema = json.loads((package / 'tl/api-schema.json').read_text())['e']
    raw = json.loads((package / 'tl/raw-errors.json').read_text())
    methods = {one['name'] for one in schema if one['kind'] == 'method'} - FOREIGN - RETIRED
    rows, codes = {}, {}
    for method in schema:
        for error in method.get('throws', []) if method['name'] in methods else []:
            codes.setdefault(error['name'], {})[method['name']] = error['code']
            rows.setdefault((error['code'], error['name']), set()).add(method['name'])
    for method, names in raw['throws'].items():
        for name in names if method in methods else []:
            code = codes.get(name, {}).get(method, raw['errors'][name]['code'])
            rows.setdefault((code, name), set()).add(method)
    known = {name for _, name in rows}
    for name, error in raw['errors'].items():
        if name not in known:
            rows[error['code'], name] = set()

    lines = [
        f'{code}\t{name}\t{",".join(sorted(used))}'
        for (code, name), used in sorted(rows.items())
    ]
    (HERE / 'errors.tsv').write_text(ERRORS_HEAD.format(version=version) + '\n'.join(lines) + '\n')
    print(f'errors.tsv: {len(lines)} errors of {len(set().union(*rows.values()))} methods')


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    package = pathlib.Path(sys.argv[1])
    version = json.loads((package / 'package.json').read_text())['version']
    import_api(package, version)
    import_errors(package, version)


if __name__ == '__main__':
    main()
