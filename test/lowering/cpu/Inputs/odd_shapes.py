"""Prints graphs that hold a matrix product and its gradients for both operands.

odd_shapes.py dynamic     two graphs, f32 and f64, whose index arguments are m, k, n
odd_shapes.py static      a graph for every other shape, in turn in f32, in f64, and in f32 with an
                          unknown number of rows, the index argument
odd_shapes.py dims        the shapes, as index arguments for the first form
"""
import sys

# m, k, n: around the widths of vectors (8, 16) and tiles (6, 8, 12 rows; 32, 48, 64 columns), the
# unrolled k steps (4) and the blocks of k (512).
SHAPES = [
    (1, 1, 1), (1, 1, 17), (1, 7, 3), (1, 64, 64), (1, 100, 10), (1, 513, 33),
    (2, 3, 5), (2, 16, 63), (2, 129, 65), (3, 4, 16), (3, 5, 15), (3, 31, 97),
    (4, 2, 8), (4, 17, 31), (4, 66, 129), (5, 6, 7), (5, 33, 64), (5, 50, 128),
    (6, 4, 64), (6, 9, 65), (6, 511, 18), (7, 1, 130), (7, 8, 9), (7, 13, 47), (7, 77, 49),
    (8, 3, 48), (9, 10, 1), (11, 12, 13), (12, 32, 32), (13, 29, 34), (17, 5, 66), (19, 1025, 5),
    (24, 23, 191), (25, 64, 2), (31, 40, 80), (37, 71, 53), (48, 515, 11), (65, 18, 67),
    (97, 2, 12), (194, 21, 19),
]


def graph(name, dtype, m, k, n, arguments):
    """`arguments` are the index arguments; the sizes `?` of m, k and n are 0, 1 and 2 of them."""

    def tensor(*sizes):
        return "tensor<" + "x".join(str(s) for s in sizes) + f"x{dtype}>"

    def bound(*sizes):
        dims = [i for size, i in sizes if size == "?"]
        return f" {{nn.dims = array<i64: {', '.join(map(str, dims))}>}}" if dims else ""
    a, b, c = tensor(m, k), tensor(k, n), tensor(m, n)
    print(f"""func.func private @{name}({''.join(x + ', ' for x in arguments)}
    %a: {a}{bound((m, 0), (k, 1))},
    %b: {b}{bound((k, 1), (n, 2))},
    %w: {c}{bound((m, 0), (n, 2))})
    -> (tensor<{dtype}>, {c}, {a}, {b}) attributes {{nn.graph}} {{
  %loss, %product, %da, %db = nn.grad (%a, %b) : ({a}, {b}) -> (tensor<{dtype}>, {c}, {a}, {b}) {{
  ^bb0(%x: {a}, %y: {b}):
    %p = nn.einsum "mk,kn->mn" %x, %y : {a}, {b} -> {c}
    %q = nn.mul %p, %w : {c}
    %s = nn.sum %q axes = [0, 1] : {c} -> tensor<{dtype}>
    nn.yield %s, %p : tensor<{dtype}>, {c}
  }}
  return %loss, %product, %da, %db : tensor<{dtype}>, {c}, {a}, {b}
}}""")


def main():
    if sys.argv[1] == "dims":
        print(*(f"{m},{k},{n}" for m, k, n in SHAPES))
    elif sys.argv[1] == "dynamic":
        for dtype in "f32", "f64":
            graph(f"any_{dtype}", dtype, "?", "?", "?",
                  ["%d0: index", "%d1: index", "%d2: index"])
    else:
        for i, (m, k, n) in enumerate(SHAPES[1::2]):
            if i % 3 == 2:
                graph(f"rows_{k}_{n}", "f32", "?", k, n, ["%d0: index"])
            else:
                dtype = ("f32", "f64")[i % 3]
                graph(f"{dtype}_{m}_{k}_{n}", dtype, m, k, n, [])


main()
