"""Checks derivatives of every function of a file of cases: check_gradients.py CASES NN_RUN

For L(x) = sum of weights * f(x), at a random point x and along a random direction t, in f64:
  dot      <grad L, t> equals the forward derivative (exact: kills wrong transposes)
  fd       the forward derivative equals central differences of L (kills wrong partials)
  order 2  d/dt grad L equals differences of grad L; reverse over reverse equals forward over
           reverse
(test/ops/registry.test demands a case for every op with a derivative.)
"""
import random
import re
import subprocess
import sys
import tempfile

STEP = 1e-6
TOLERANCE = {"dot": 1e-9, "fd": 1e-6, "order 2": 1e-5, "symmetry": 1e-9}


def parse_cases(text):
    """(name, [(type, attributes)], [result types]) of each function."""
    cases = []
    for match in re.finditer(r"func\.func private @(\w+)\((.*?)\) -> (.*?) \{\n", text):
        name, arguments, results = match.groups()
        parsed = []
        for argument in re.split(r", (?=%)", arguments):
            kind, low, high = re.match(
                r"%\w+: (\S+?)(?: \{(?:low = (-?[\d.]+))?(?:, )?(?:high = (-?[\d.]+))?\})?$",
                argument).groups()
            parsed.append((kind, low, high))
        cases.append((name, parsed, re.findall(r"tensor<[^>]*>", results)))
    return cases


def shape_of(kind):
    *sizes, element = kind[len("tensor<"):-1].split("x")
    return [2 if size == "?" else int(size) for size in sizes], element


def count(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def dense(values, shape, element):
    flat = [repr(v) for v in values]
    text = "[" + ", ".join(flat) + "]" if shape else flat[0]
    if len(shape) > 1:  # nested lists from the innermost axis outwards
        for size in reversed(shape[1:]):
            flat = ["[" + ", ".join(flat[i:i + size]) + "]" for i in range(0, len(flat), size)]
        text = "[" + ", ".join(flat) + "]"
    return f"dense<{text}> : tensor<{'x'.join(map(str, shape + [element]))}>"


class Writer:
    def __init__(self):
        self.lines, self.next = [], 0

    def emit(self, text, results=1):
        names = [f"%v{self.next + k}" for k in range(results)]
        self.next += results
        self.lines.append(f"  {', '.join(names)} = {text}" if results else f"  {text}")
        return names[0] if results == 1 else names


def reshaped(writer, value, kind, dim):
    """A static 1-d value as a tensor of the case's type."""
    shape, element = shape_of(kind)
    dims = f" [{', '.join([dim] * kind.count('?'))}]" if "?" in kind else ""
    return writer.emit(f"nn.reshape {value}{dims} : tensor<{count(shape)}x{element}> -> {kind}")


def weighed(w, outs, results):
    """The sum of all results' elements, each with a weight of its own: sin of the place."""
    loss = None
    for out, kind in zip(outs, results):
        rank = kind.count("x")
        dims = [w.emit(f"nn.dim {out}, {axis} : {kind}")
                for axis, size in enumerate(kind[7:-1].split("x")[:-1]) if size == "?"]
        sizes = f" [{', '.join(dims)}]" if dims else ""
        weights = w.emit(f"nn.full %half{sizes} : tensor<f64> -> {kind}")
        for axis in range(rank):
            place = w.emit(f"nn.iota {axis}{sizes} : {kind}")
            wave = w.emit(f"nn.sin {place} : {kind}")
            weights = w.emit(f"nn.add {weights}, {wave} : {kind}")
        product = w.emit(f"nn.mul {weights}, {out} : {kind}")
        part = w.emit(f"nn.sum {product} axes = [{', '.join(map(str, range(rank)))}] "
                      f": {kind} -> tensor<f64>")
        loss = part if loss is None else w.emit(f"nn.add {loss}, {part} : tensor<f64>")
    return loss


def write_loss(case, draw):
    """@NAME.loss: tensor<Nxf64> -> tensor<f64>, and N with a point to start from."""
    name, arguments, results = case
    w, point, values, offset = Writer(), [], [], 0
    floats = [count(shape_of(kind)[0]) for kind, *_ in arguments if kind.endswith("f64>")]
    total = sum(floats)
    dim = w.emit("arith.constant 2 : index")
    for kind, low, high in arguments:
        if kind == "index":
            values.append(dim)
            continue
        shape, element = shape_of(kind)
        size = count(shape)
        if element == "f64":
            point += [draw.uniform(float(low or -2), float(high or 2)) for _ in range(size)]
            part = w.emit(f"nn.slice %x start = [{offset}] limit = [{offset + size}] stride = [1] "
                          f": tensor<{total}xf64> -> tensor<{size}xf64>")
            offset += size
        else:
            numbers = [draw.randint(int(low), int(high)) for _ in range(size)]
            part = w.emit("nn.constant " + dense(numbers, [size], element))
        values.append(reshaped(w, part, kind, dim))
    types = ", ".join(kind for kind, *_ in arguments)
    outs = w.emit(f"func.call @{name}({', '.join(values)}) : ({types}) -> ({', '.join(results)})",
                  len(results))
    loss = weighed(w, [outs] if isinstance(outs, str) else outs, results)
    text = (f"func.func private @{name}.loss(%x: tensor<{total}xf64>) -> tensor<f64> {{\n"
            "  %half = nn.constant dense<0.7> : tensor<f64>\n" + "\n".join(w.lines) +
            f"\n  return {loss} : tensor<f64>\n}}\n")
    return text, point


def write_check(name, point, direction):
    """@check_NAME: L(x+ht), L(x-ht), grad(x+ht), grad(x-ht), grad, jvp, forward and reverse Hvp."""
    n = len(point)
    v, s = f"tensor<{n}xf64>", "tensor<f64>"
    moved = {sign: [p + sign * STEP * t for p, t in zip(point, direction)] for sign in (1, -1)}

    def grad(at, out):
        return f"""%l{out}, %g{out} = nn.grad ({at}) : ({v}) -> ({s}, {v}) {{
  ^bb0(%a{out}: {v}):
    %b{out} = func.call @{name}.loss(%a{out}) : ({v}) -> {s}
    nn.yield %b{out} : {s}
  }}"""

    return f"""func.func @check_{name}() -> ({s}, {s}, {v}, {v}, {v}, {s}, {v}, {v}) {{
  %x = nn.constant {dense(point, [n], 'f64')}
  %t = nn.constant {dense(direction, [n], 'f64')}
  %p = nn.constant {dense(moved[1], [n], 'f64')}
  %m = nn.constant {dense(moved[-1], [n], 'f64')}
  {grad('%p', 'p')}
  {grad('%m', 'm')}
  {grad('%x', 'x')}
  %j, %jt = nn.jvp (%x) (%t) : ({v}, {v}) -> ({s}, {s}) {{
  ^bb0(%a: {v}):
    %b = func.call @{name}.loss(%a) : ({v}) -> {s}
    nn.yield %b : {s}
  }}
  %fg, %fr = nn.jvp (%x) (%t) : ({v}, {v}) -> ({v}, {v}) {{
  ^bb0(%a: {v}):
    {grad('%a', 'f')}
    nn.yield %gf : {v}
  }}
  %rs, %rr = nn.grad (%x) : ({v}) -> ({s}, {v}) {{
  ^bb0(%a: {v}):
    {grad('%a', 'r')}
    %w = nn.mul %gr, %t : {v}
    %q = nn.sum %w axes = [0] : {v} -> {s}
    nn.yield %q : {s}
  }}
  return %lp, %lm, %gp, %gm, %gx, %jt, %fr, %rr : {s}, {s}, {v}, {v}, {v}, {s}, {v}, {v}
}}
"""


def distance(a, b):
    scale = max([1.0] + [abs(v) for v in a + b])
    return max((abs(x - y) / scale if x == x and y == y else float("inf")) for x, y in zip(a, b))


def main():
    cases_file, nn_run = sys.argv[1:3]
    text = open(cases_file).read()
    failures = []
    cases = parse_cases(text)
    draw = random.Random(7)
    module, directions = [re.sub(r" \{(low|high) = [^}]*\}", "", text)], {}
    for case in cases:
        loss, point = write_loss(case, draw)
        directions[case[0]] = [draw.uniform(-1, 1) for _ in point]
        module += [loss, write_check(case[0], point, directions[case[0]])]
    with tempfile.NamedTemporaryFile("w", suffix=".mlir", delete=False) as file:
        file.write("".join(module))
    run = subprocess.run([nn_run, file.name, "inline,nn-reference-pipeline"], capture_output=True,
                         text=True)
    if run.returncode:
        sys.exit(run.stderr[:4000] or f"nn-run: {run.returncode}")
    numbers = {}
    for line in run.stdout.splitlines():
        key, values = line.split(":")
        name, place = key.rsplit(".", 1)
        numbers.setdefault(name[len("check_"):], []).append([float(v) for v in values.split()])
    checks = 0
    for name, *_ in cases:
        (lp,), (lm,), gp, gm, g, (jt,), forward, reverse = numbers[name]
        dot = sum(a * b for a, b in zip(g, directions[name]))
        slope = [(a - b) / (2 * STEP) for a, b in zip(gp, gm)]
        for what, error in [("dot", distance([dot], [jt])),
                            ("fd", distance([(lp - lm) / (2 * STEP)], [jt])),
                            ("order 2", distance(slope, forward)),
                            ("symmetry", distance(forward, reverse))]:
            checks += 1
            if not error <= TOLERANCE[what]:
                failures.append(f"{name}: {what} is off by {error:.3g}")
    for failure in failures:
        print("FAIL", failure)
    print(f"{checks} checks of {len(cases)} cases, {len(failures)} failures")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
