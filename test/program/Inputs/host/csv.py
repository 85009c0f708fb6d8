import sys

def fields(line):
    out = []
    field = ""
    quoted = False
    i = 0
    while i < len(line):
        c = line[i]
        if quoted:
            if c == "\"" and i + 1 < len(line) and line[i + 1] == "\"":
                field += c
                i += 1
            elif c == "\"":
                quoted = False
            else:
                field += c
        elif c == "\"":
            quoted = True
        elif c == ",":
            out.append(field)
            field = ""
        else:
            field += c
        i += 1
    out.append(field)
    return out

rows = 0
sums = {}
longest = ""
every = open(sys.argv[1]).read().splitlines()
names = fields(every[0])
for line in every[1:]:
    row = fields(line)
    if len(row) != len(names):
        sys.exit(f"line {rows + 2} has {len(row)} fields, and the header {len(names)}")
    sums[row[3]] = sums.get(row[3], 0) + float(row[2])
    if len(row[1]) > len(longest):
        longest = row[1]
    rows += 1
print(rows, len(names), longest)
for month, total in sums.items():
    print(f"{month} {total:.3f}")
