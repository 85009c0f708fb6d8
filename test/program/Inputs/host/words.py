import sys
counts = {}
for line in open(sys.argv[1]):
    for word in line.lower().split(" "):
        w = word.strip()
        if len(w) > 0:
            counts[w] = counts.get(w, 0) + 1
best = ""
for word, n in counts.items():
    if best == "" or n > counts[best]:
        best = word
print(len(counts), best, counts[best])
