"""make_idx.py FOLDER DEFECT: four images in the layout of Fashion-MNIST, with a defect."""
import os
import struct
import sys

folder, defect = sys.argv[1:]
images = struct.pack(">IIII", 2051, 4, 28, 28) + bytes(4 * 28 * 28)
labels = struct.pack(">II", 2049, 4) + bytes([0, 9, 3, 10 if defect == "label_out_of_range" else 1])
if defect == "truncated":
    images = images[:-100]
elif defect == "wrong_magic":
    images = struct.pack(">I", 2050) + images[4:]
elif defect == "not_idx":
    images = b"once upon a time"
for part, name in (("train", "train"), ("test", "t10k")):
    for what, content in (("images-idx3", images), ("labels-idx1", labels)):
        with open(os.path.join(folder, f"{name}-{what}-ubyte"), "wb") as file:
            file.write(content)
