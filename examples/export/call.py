"""Calls the library that nnc makes from classify.nn, by ctypes:

    nnc build --lib classify.nn
    python3 call.py ./libclassify.so
"""
import ctypes
import sys
import threading

try:
    import numpy
except ImportError:
    numpy = None

COLUMNS, CLASSES = 5, 3
library = ctypes.CDLL(sys.argv[1])
library.classify_last_error.restype = ctypes.c_char_p


def size(n):
    return ctypes.c_int64(n)


def call(function, *arguments):
    """A function of the library says 1 after an error, and what it was by last_error."""
    if function(*arguments):
        raise RuntimeError(library.classify_last_error().decode())


def sample(rows):
    elements = [(i * 7 % 11 - 5) / 4 for i in range(rows * COLUMNS)]
    return (ctypes.c_float * len(elements))(*elements)


def best(x, rows):
    classes, sure = (ctypes.c_int32 * rows)(), (ctypes.c_float * rows)()
    call(library.classify_best, x, size(rows), classes, sure)
    return list(classes), list(sure)


def scores(x, rows):
    out = (ctypes.c_float * (rows * CLASSES))()
    call(library.classify_scores, x, size(rows), out)
    return list(out)


def scores_at(x, row, rows):
    out = (ctypes.c_float * CLASSES)()
    call(library.classify_scores_at, x, size(row), size(rows), out)
    return list(out)


def scores_of_array(x):
    """The same with numpy: its arrays are passed as they are, without a copy."""
    x = numpy.ascontiguousarray(x, dtype=numpy.float32)
    out = numpy.empty((x.shape[0], CLASSES), numpy.float32)
    pointer = ctypes.POINTER(ctypes.c_float)
    call(library.classify_scores, x.ctypes.data_as(pointer), size(x.shape[0]),
         out.ctypes.data_as(pointer))
    return out


def show(rows):
    print(rows, "rows")
    for row, (kind, sure) in enumerate(zip(*best(sample(rows), rows))):
        print(f"row {row} is {kind}, {sure:.6f}")


def show_error(what, function, *arguments):
    try:
        function(*arguments)
        print(what, "is no error", file=sys.stderr)
    except RuntimeError as error:
        print(f"{what}: {error}", file=sys.stderr)


def work(rows, wrong):
    x = sample(rows)
    wanted = scores(x, rows)
    for _ in range(50):
        try:
            scores_at(x, rows, rows)
            wrong.append("no error")
        except RuntimeError as error:
            if "out of range" not in str(error):
                wrong.append(str(error))
        if scores(x, rows) != wanted:
            wrong.append("another result")


for number in 0, 1, 7:
    show(number)
print(f"last {scores_at(sample(7), -1, 7)[2]:.6f}")
show_error("row 7", scores_at, sample(7), 7, 7)
show_error("5000 rows", scores, sample(7), 5000)
wrong = []
threads = [threading.Thread(target=work, args=(1 + 2 * i, wrong)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("4 threads agree" if not wrong else wrong[0], file=sys.stderr)
if numpy:
    rows = numpy.array(sample(7), numpy.float32).reshape(7, COLUMNS)
    assert scores_of_array(rows).ravel().tolist() == scores(sample(7), 7)
    assert scores_of_array(rows[:0]).shape == (0, CLASSES)
sys.exit(1 if wrong else 0)
