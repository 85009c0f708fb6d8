"""Single mistakes in the programs of the language, 40 of each class, chosen by a seed: `nnc check
--werror` must refuse all but those in the list of survivors, which gives the reason for each, and
these may be at most one in twenty. It never crashes, and its messages name both shapes or the name.
How many are errors and how many are warnings is printed.

A reason that begins with `same:` says that the program means the same: that is no mistake.

    mutate.py NNC SURVIVORS SCRATCH PROGRAM..
"""
import os
import random
import re
import subprocess
import sys

SEED, COUNT = 4, 40
DTYPES = ["f32", "i32", "u8", "f64", "bool"]


def brackets(text, at):
    """The top-level parts of the bracket that opens at `at`, as (begin, end)."""
    parts, depth, begin = [], 0, at + 1
    for i in range(at, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and text[i] == ","):
            parts.append((begin, i))
            begin = i + 1
        if depth == 0:
            return parts
    return []


def dims_swapped(text):
    """Two neighbours change places in the shape of a type, the dims of a model or a new tensor."""
    for match in re.finditer(r"(?<![\w.])(?:f32|i32|u8|[A-Z]\w*|zeros|reshape|normal)\[", text):
        if re.search(r"(?:model|struct|fn) $", text[max(0, match.start() - 7):match.start()]):
            continue
        parts = brackets(text, match.end() - 1)
        for (a, b), (c, d) in zip(parts, parts[1:]):
            if text[a:b].strip() != text[c:d].strip() and ":" not in text[a:d]:
                left, right = text[a:b].strip(), text[c:d].strip()
                yield a, d, f"{right}, {left}"


def wrong_axis(text):
    """Another axis: of a reduction or split, of a pattern, of an index."""
    for match in re.finditer(r"axis: (-?\w+|\([^)]*\))", text):
        for other in ("0", "1", "2", "3", "-1", "-2"):
            if other != match.group(1):
                yield match.start(1), match.end(1), other
    for match in re.finditer(r"\[(:, \w+|:, new, new|:, -1|new, :|0)\]", text):
        parts = match.group(1).split(", ")
        for other in {", ".join(reversed(parts)), ", ".join([":"] + parts), parts[-1]}:
            if other != match.group(1):
                yield match.start(1), match.end(1), other
    for match in re.finditer(r'"([a-z ()]+->[a-z ()]+)"', text):
        names = [m for m in re.finditer(r"[a-z]", match.group(1))]
        for a, b in zip(names, names[1:]):
            if a.group() != b.group():
                spec = list(match.group(1))
                spec[a.start()], spec[b.start()] = b.group(), a.group()
                yield match.start(1), match.end(1), "".join(spec)


def wrong_dtype(text):
    for match in re.finditer(r"(?<![\w.])(f32|i32|u8)(?=[\[(\s,){])", text):
        for other in DTYPES:
            if other != match.group(1):
                yield match.start(1), match.end(1), other


def layers_in_the_wrong_order(text):
    """Two layers or params of a model, of different types, change places where they are used.
    (Functions that keep every shape, such as relu, fit before and after any layer.)"""
    whole = r"^(?:pub )?model \w+[^\n]*\{\n(.*?)^\}"
    for model in re.finditer(whole, text, re.M | re.S):
        fields = re.findall(r"^  (?:param )?(\w+): ([^\n=]+)", model.group(1), re.M)
        body = text.find("  fn ", model.start(1), model.end())
        if body < 0:
            continue
        uses = {name: [m for m in re.finditer(r"(?<![\w.])%s(?![\w:.])" % name,
                                              text[body:model.end()])] for name, _ in fields}
        for i, (first, its_type) in enumerate(fields):
            for second, other_type in fields[i + 1:]:
                if its_type.strip() == other_type.strip():
                    continue
                for use in uses[first][:2]:
                    for other in uses[second][:2]:
                        x, y = sorted((use, other), key=lambda m: m.start())
                        between = text[body + x.end():body + y.start()]
                        yield (body + x.start(), body + y.end(),
                               y.group() + between + x.group())


def wrong_name(text):
    """A use of a name loses a letter, gains one, or two of its letters change places."""
    for match in re.finditer(r"(?<![\w\"/])[A-Za-z]\w{2,}", text):
        name = match.group()
        before = text[max(0, match.start() - 7):match.start()]
        if name in KEYWORDS or re.search(r"(?:fn|model|struct|let|var|import|arg|param|state) $",
                                         before):
            continue
        i = len(name) // 2
        for other in (name[:i] + name[i + 1:], name[:i] + name[i] + name[i:],
                      name[:i - 1] + name[i] + name[i - 1] + name[i + 1:]):
            if other != name:
                yield match.start(), match.end(), other


KEYWORDS = set("""import model struct param state pub fn let var for in if else while where true
false training new none as match export arg and return break continue inf self""".split())
CLASSES = (dims_swapped, wrong_axis, wrong_dtype, layers_in_the_wrong_order, wrong_name)


def code_only(text):
    """The program with comments and plain texts blanked, so that nothing is changed in them."""
    blank = lambda match: " " * len(match.group())  # noqa: E731
    return re.sub(r"//[^\n]*", blank, text)


def in_text(text, at):
    line = text[text.rfind("\n", 0, at) + 1:at]
    return line.count('"') % 2 == 1


def mutants(make, programs):
    found = []
    for path, text in programs.items():
        sites = {}
        for begin, end, new in make(code_only(text)):
            if make is wrong_axis or not in_text(text, begin):
                sites.setdefault((begin, end), []).append(new)
        found += [(path, begin, end, news) for (begin, end), news in sites.items()]
    dice = random.Random(f"{SEED} {make.__name__}")
    dice.shuffle(found)
    # One mistake per place first, then other ones at the same places.
    chosen = []
    for turn in range(8):
        for path, begin, end, news in found:
            if turn == 0:
                dice.shuffle(news)
            if turn < len(news):
                chosen.append((path, begin, end, news[turn]))
    return chosen[:COUNT]


def names_the_mistake(make, shown, new):
    if make is wrong_name:
        return f"`{new}`" in shown or f".{new}" in shown or new in shown
    shapes = set(re.findall(r"\b\w+\[[^\]\n]*\]|\b(?:f32|f64|i32|u8|bool|int)\b",
                            shown))
    return len(shapes) >= 2 or re.search(r"`[^`]+`", shown) is not None


def main():
    nnc, list_path, scratch, *paths = sys.argv[1:]
    os.makedirs(scratch, exist_ok=True)
    with open(list_path, encoding="utf-8") as file:
        reasons = dict(line.rstrip("\n").split(" # ") for line in file if " # " in line)
    programs = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            programs[os.path.basename(path)] = file.read()
        with open(os.path.join(scratch, os.path.basename(path)), "w", encoding="utf-8") as file:
            file.write(programs[os.path.basename(path)])
    problems, accepted, total, warned = [], 0, 0, 0
    for path in programs:
        whole = os.path.join(scratch, path)
        if subprocess.run([nnc, "check", "--werror", whole]).returncode:
            problems.append(f"{path}: refused as it is")
    survivors = set()
    for make in CLASSES:
        chosen, survived, same = mutants(make, programs), 0, 0
        if len(chosen) < COUNT:
            problems.append(f"{make.__name__}: only {len(chosen)} mistakes")
        for path, begin, end, new in chosen:
            text = programs[path]
            place = os.path.join(scratch, "mutant_" + path)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text[:begin] + new + text[end:])
            result = subprocess.run([nnc, "check", "--werror", place],
                                    capture_output=True, text=True)
            line = text.count("\n", 0, begin) + 1
            shown = re.sub(r"\s+", " ", f"{text[begin:end]} -> {new}")
            what = f"{make.__name__} {path}:{line}: {shown}"
            if result.returncode not in (0, 1):
                problems.append(f"{what}: status {result.returncode}\n{result.stderr[-500:]}")
            elif result.returncode == 0:
                if reasons.get(what, "").startswith("same:"):
                    same += 1
                    continue
                survived += 1
                survivors.add(what)
                if what not in reasons:
                    problems.append(f"{what}: accepted, and not in the list of survivors")
            elif "error[" not in result.stderr:
                warned += 1
            if result.returncode == 1 and not names_the_mistake(make, result.stderr, new):
                problems.append(f"{what}: the message names too little\n{result.stderr[:500]}")
        mistakes = len(chosen) - same
        total, accepted = total + mistakes, accepted + survived
        print(f"{make.__name__}: {mistakes - survived} of {mistakes} refused")
    refused = total - accepted
    print(f"{refused} of {total} refused: {refused - warned} errors, {warned} warnings")
    for what, reason in reasons.items():
        if what not in survivors and not reason.startswith("same:"):
            problems.append(f"{what}: is listed, and refused or no longer made")
    if accepted > total * 0.05:
        problems.append("less than 95 % refused")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
