"""Writes CaseMap.def, the letters that have one counterpart of the other case, from the Unicode
data of Python: ROW(first, last, step, offset) for the letters first, first + step, .. last.

    python3 runtime/core/case_map.py > runtime/core/CaseMap.def
"""
import unicodedata


def rows(counterpart):
    found = []  # [first, last, step, offset]; step 0: one letter so far
    for code in range(0x80, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        other = counterpart(chr(code))
        if len(other) != 1 or ord(other) == code:
            continue
        offset = ord(other) - code
        if found:
            row = found[-1]
            step = code - row[1]
            if row[3] == offset and (step == row[2] or (not row[2] and step <= 2)):
                row[1], row[2] = code, step
                continue
        found.append([code, code, 0, offset])
    return [f"ROW({first:#x}, {last:#x}, {max(step, 1)}, {offset})"
            for first, last, step, offset in found]


def table(name, entries):
    line, lines = "", []
    for entry in entries:
        if len(line) + len(entry) + 1 > 100:
            lines.append(line)
            line = ""
        line += (" " if line else "") + entry
    print(f"#ifdef {name}\n" + "\n".join(lines + [line]) + f"\n#endif")


print(f"// Made by case_map.py from Unicode {unicodedata.unidata_version}; not for editing.")
table("UPPER_CASE", rows(str.upper))
table("LOWER_CASE", rows(str.lower))
