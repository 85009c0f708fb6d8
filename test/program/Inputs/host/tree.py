import sys
sys.setrecursionlimit(100000)
class Node:
    __slots__ = ("value", "kids")
    def __init__(self, value, kids): self.value, self.kids = value, kids
def grow(depth, value):
    if depth == 0: return Node(value, [])
    return Node(value, [grow(depth - 1, 2 * value), grow(depth - 1, 2 * value + 1)])
def total(t):
    sum = t.value
    for k in t.kids: sum += total(k)
    return sum
def mirrored(t):
    kids = []
    for k in t.kids: kids.append(mirrored(k))
    return Node(t.value, kids[::-1])
def leftmost(t): return t.value if len(t.kids) == 0 else leftmost(t.kids[0])
class Search:
    __slots__ = ("key", "left", "right")
    def __init__(self, key, left, right): self.key, self.left, self.right = key, left, right
def insert(t, key):
    if t is not None:
        if key < t.key: return Search(t.key, insert(t.left, key), t.right)
        return Search(t.key, t.left, insert(t.right, key))
    return Search(key, None, None)
def depth_of(t): return 1 + max(depth_of(t.left), depth_of(t.right)) if t is not None else 0
t = grow(15, 1)
print(total(t), leftmost(t), leftmost(mirrored(t)))
s = None
key = 12345
for _ in range(20000):
    key = (key * 1103515245 + 12345) % 2147483648
    s = insert(s, key)
print(depth_of(s))
