"""Checks that a batch is what a loop computes: check_batches.py NN_RUN CASES...

For each function of the cases, some of its arguments differing from row to row, in f64: its values,
its gradients row by row, and the gradient of the sum over all rows, once as a loop and once as a
loop marked to be batched.
"""
import itertools
import random
import re
import subprocess
import sys
import tempfile

from check_gradients import Writer, count, dense, distance, parse_cases, shape_of, weighed

ROWS = 3
SCALAR = "tensor<f64>"


def stacked(kind, size=ROWS):
    return f"tensor<{size}x{kind[len('tensor<'):]}"


def write_value(case):
    """@NAME.value: the arguments -> tensor<f64>"""
    name, arguments, results = case
    w = Writer()
    types = ", ".join(kind for kind, *_ in arguments)
    values = ", ".join(f"%a{k}" for k in range(len(arguments)))
    outs = w.emit(f"func.call @{name}({values}) : ({types}) -> ({', '.join(results)})",
                  len(results))
    loss = weighed(w, [outs] if isinstance(outs, str) else outs, results)
    taken = ", ".join(f"%a{k}: {kind}" for k, (kind, *_) in enumerate(arguments))
    return (f"func.func private @{name}.value({taken}) -> {SCALAR} {{\n"
            "  %half = nn.constant dense<0.7> : tensor<f64>\n" + "\n".join(w.lines) +
            f"\n  return {loss} : {SCALAR}\n}}\n")


class Program:
    """@check_NAME_PLACE: the loops over rows where the arguments at `rows` differ."""

    def __init__(self, case, rows, size, place, draw):
        self.name, self.arguments, _ = case
        self.rows, self.size, self.place, self.draw = rows, size, place, draw
        self.w = Writer()
        self.results = []

    def constant(self, kind, low, high, is_stacked):
        shape, element = shape_of(kind)
        size = count(shape) * (ROWS if is_stacked else 1)
        if element == "f64":
            numbers = [self.draw.uniform(float(low or -2), float(high or 2)) for _ in range(size)]
        else:
            numbers = [self.draw.randint(int(low), int(high)) for _ in range(size)]
        flat = self.w.emit("nn.constant " + dense(numbers, [size], element))
        to = stacked(kind, self.size) if is_stacked else kind
        dims = (["%rows"] if is_stacked and self.size == "?" else []) + ["%dim"] * kind.count("?")
        sizes = f" [{', '.join(dims)}]" if dims else ""
        return self.w.emit(f"nn.reshape {flat}{sizes} : tensor<{size}x{element}> -> {to}"), to

    def call(self, values):
        types = ", ".join(kind for kind, *_ in self.arguments)
        return self.w.emit(f"func.call @{self.name}.value({', '.join(values)}) : ({types}) -> "
                           f"{SCALAR}")

    def loop(self, values, types, mark, body, results):
        """A loop over the rows; body(values of one turn) gives what it yields."""
        taken = [k for k in self.rows]
        xs = ", ".join(values[k] for k in taken)
        kinds = ", ".join(types[k] for k in taken)
        dims = [d for kind in results for d in ["%dim"] * kind.count("?")]
        sizes = f" dims[{', '.join(dims)}]" if dims else ""
        outs = [f"%l{self.w.next}_{k}" for k in range(len(results))]
        self.w.next += 1
        inner = {k: f"%r{self.w.next}_{k}" for k in taken}
        row = ", ".join(f"{inner[k]}: {self.arguments[k][0]}" for k in taken)
        marks = " attributes {nn.batch}" if mark else ""
        self.w.lines.append(
            f"  {', '.join(outs)} = nn.for %zero to %rows slice({xs} : {kinds}){sizes}{marks} -> "
            f"({', '.join(stacked(kind, self.size) for kind in results)}) {{\n"
            f"  ^bb0(%i{self.w.next}: index, {row}):")
        self.w.next += 1
        yields = body([inner.get(k, value) for k, value in enumerate(values)])
        self.w.lines.append(f"  nn.yield {', '.join(yields)} : {', '.join(results)}\n  }}")
        return outs

    def grad(self, values, types, places, body):
        """By the values at `places`; body(values) gives the loss."""
        n = self.w.next
        self.w.next += 1
        named = list(values)
        for k in places:
            named[k] = f"%g{n}_{k}"
        kinds = [types[k] for k in places]
        outs = [f"%d{n}_{k}" for k in range(1 + len(places))]
        block = ", ".join(f"{named[k]}: {types[k]}" for k in places)
        self.w.lines.append(
            f"  {', '.join(outs)} = nn.grad ({', '.join(values[k] for k in places)}) : "
            f"({', '.join(kinds)}) -> ({', '.join([SCALAR] + kinds)}) {{\n  ^bb0({block}):")
        loss = body(named)
        self.w.lines.append(f"  nn.yield {loss} : {SCALAR}\n  }}")
        return outs[1:]

    def give(self, values, kinds):
        self.results += list(zip(values, kinds))

    def text(self):
        values, types = [], []
        for k, (kind, low, high) in enumerate(self.arguments):
            if kind == "index":
                values.append("%dim")
                types.append(kind)
            else:
                value, to = self.constant(kind, low, high, k in self.rows)
                values.append(value)
                types.append(to)
        rows = [kind for kind, *_ in self.arguments]
        floats = [k for k, kind in enumerate(rows) if kind.endswith("f64>")]
        for mark in (False, True):
            self.give(self.loop(values, types, mark, lambda v: [self.call(v)], [SCALAR]),
                      [stacked(SCALAR, self.size)])
            each = [rows[k] for k in floats]
            self.give(
                self.loop(values, types, mark,
                          lambda v: self.grad(v, rows, floats, self.call), each),
                [stacked(kind, self.size) for kind in each])

            def total(v):
                outs = self.loop(v, types, mark, lambda r: [self.call(r)], [SCALAR])
                kind = stacked(SCALAR, self.size)
                square = self.w.emit(f"nn.mul {outs[0]}, {outs[0]} : {kind}")
                return self.w.emit(f"nn.sum {square} axes = [0] : {kind} -> {SCALAR}")
            self.give(self.grad(values, types, floats, total), [types[k] for k in floats])
        out = ", ".join(kind for _, kind in self.results)
        return (f"func.func @check_{self.name}_{self.place}() -> ({out}) {{\n"
                "  %dim = arith.constant 2 : index\n  %zero = arith.constant 0 : index\n"
                f"  %rows = arith.constant {ROWS} : index\n" + "\n".join(self.w.lines) +
                f"\n  return {', '.join(v for v, _ in self.results)} : {out}\n}}\n")


def main():
    nn_run, texts = sys.argv[1], [open(path).read() for path in sys.argv[2:]]
    draw = random.Random(11)
    module = [re.sub(r" \{(low|high) = [^}]*\}", "", text) for text in texts]
    names = []
    for case in parse_cases("".join(texts)):
        name, arguments, _ = case
        module.append(write_value(case))
        tensors = [k for k, (kind, *_) in enumerate(arguments) if kind != "index"]
        choices = [(tuple(tensors), ROWS), (tuple(tensors), "?")]
        for size in range(1, min(len(tensors), 2)):
            choices += [(rows, ROWS) for rows in itertools.combinations(tensors, size)]
        for place, (rows, size) in enumerate(choices):
            module.append(Program(case, rows, size, place, draw).text())
            names.append((f"{name}_{place}", f"{name} by {rows}, {size} rows"))
    with tempfile.NamedTemporaryFile("w", suffix=".mlir", delete=False) as file:
        file.write("".join(module))
    run = subprocess.run([nn_run, file.name, "inline,nn-reference-pipeline"], capture_output=True,
                         text=True)
    if run.returncode:
        sys.exit(run.stderr[:4000] or f"nn-run: {run.returncode}: {file.name}")
    numbers = {}
    for line in run.stdout.splitlines():
        key, values = line.split(":")
        name, place = key.rsplit(".", 1)
        numbers.setdefault(name[len("check_"):], []).append([float(v) for v in values.split()])
    failures = []
    for name, shown in names:
        found = numbers[name]
        half = len(found) // 2
        for place in range(half):
            error = distance(found[place], found[half + place])
            if not error <= 1e-9:
                failures.append(f"{shown}: result {place} is off by {error:.3g}")
    for failure in failures:
        print("FAIL", failure)
    print(f"{len(names)} checks, {len(failures)} failures")
    sys.exit(bool(failures))


main()
