"""Makes the enumerators of api_errc and its table of names from schema/errors.tsv.

    make_api_errc.py ERRORS_TSV ENUM_INC TABLE_INC

A line of the list is: number, tab, text, tab, whatever. Parameters become X, as parse_rpc_error has
them. Texts that are no names ([A-Z_0-9]+) are left out: they are known by their numbers.
"""

import re
import sys


def read_names(path):
    """The names, each once, sorted."""
    names = set()
    with open(path, encoding='utf-8') as file:
        for line_number, line in enumerate(file, 1):
            line = line.rstrip('\n')
            if not line or line.startswith('#'):
                continue
            fields = line.split('\t')
            if len(fields) < 2 or not re.fullmatch(r'-?[0-9]+', fields[0]):
                raise SystemExit(f'{path}:{line_number}: neither a number and a text, nor a comment')
            name = fields[1].replace('%d', 'X')
            if re.fullmatch(r'[A-Z_0-9]+', name):
                names.add(re.sub(r'(?<![^_])[0-9]+(?=_|$)', 'X', name))
    return sorted(names)


def identifier(name):
    """The name as C++ takes it: 2FA_CONFIRM_WAIT_X begins with an underscore."""
    return '_' + name if name[0].isdigit() else name


def main(errors_path, enum_path, table_path):
    names = read_names(errors_path)
    with open(enum_path, 'w', encoding='utf-8') as file:
        file.writelines(f'{identifier(name)} = {value},\n' for value, name in enumerate(names, 1))
    with open(table_path, 'w', encoding='utf-8') as file:
        file.writelines(f'"{name}",\n' for name in names)


if __name__ == '__main__':
    main(*sys.argv[1:])
