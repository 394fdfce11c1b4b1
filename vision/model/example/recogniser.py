#!/usr/bin/env python3
"""A recogniser for linetwin in Python: names the colour of a picture, and says how much
of it is edges. It needs nothing but Python; where it computes, a framework would run its
network instead. The protocol is in vision/model/recogniser/README.md.

    import torch                                    # what would be loaded, once, in load()
    network = torch.jit.load("model.pt").eval()
    pixels = torch.frombuffer(memory, dtype=torch.uint8)   # without a copy, in look()
"""

import json
import math
import mmap
import os
import sys

COLOURS = {
    "black": (20, 20, 20), "grey": (128, 128, 128), "white": (235, 235, 235),
    "red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 70, 190), "yellow": (220, 200, 50),
}
SAMPLES = 64  # in either direction
EDGE = 24     # grey levels between neighbouring samples
SOFTNESS = 30.0


def load(tell):
    """Stands for what takes long: loading a model. It may tell of its progress."""
    tell({"type": "progress", "progress": 0.5})
    return COLOURS


def samples(image, memory):
    """Yields rows of (r, g, b), at most SAMPLES x SAMPLES of them."""
    channels = {"rgb8": 3, "bgr8": 3, "gray8": 1}[image["format"]]
    width, height = image["width"], image["height"]
    for y in range(0, height, max(1, height // SAMPLES)):
        start = image.get("offset", 0) + y * image["stride"]
        row = []
        for x in range(0, width, max(1, width // SAMPLES)):
            p = memory[start + x * channels:start + (x + 1) * channels]
            if channels == 1:
                row.append((p[0], p[0], p[0]))
            elif image["format"] == "bgr8":
                row.append((p[2], p[1], p[0]))
            else:
                row.append((p[0], p[1], p[2]))
        yield row


def look(colours, image, memory):
    """Is the recognition itself: the nearest colour of the mean, and the part of edges."""
    rows = list(samples(image, memory))
    pixels = [p for row in rows for p in row]
    mean = [sum(p[c] for p in pixels) / len(pixels) for c in range(3)]
    edges = pairs = 0
    for row in rows:
        for a, b in zip(row, row[1:]):
            pairs += 1
            edges += abs(sum(a) - sum(b)) > 3 * EDGE
    weights = {name: math.exp(-math.dist(mean, c) / SOFTNESS) for name, c in colours.items()}
    total = sum(weights.values())
    labels = [{"label": n, "score": w / total} for n, w in weights.items()]
    labels.sort(key=lambda l: -l["score"])
    part = edges / pairs if pairs else 0.0
    return {"labels": labels, "text": "mean %.0f %.0f %.0f, edges %.3f" % (*mean, part)}


def recognise(colours, message):
    image = message["image"]
    with open(image["shared"], "rb") as f:
        end = image.get("offset", 0) + image["stride"] * (image["height"] - 1) + image["width"] * 3
        with mmap.mmap(f.fileno(), min(end, os.fstat(f.fileno()).st_size), prot=mmap.PROT_READ) as memory:
            return look(colours, image, memory)


def main():
    # Only messages go to standard output: what libraries print goes to standard error.
    out, sys.stdout = sys.stdout, sys.stderr

    def tell(message):
        out.write(json.dumps(message) + "\n")
        out.flush()

    hello = json.loads(sys.stdin.readline())
    if hello.get("type") != "hello" or hello.get("protocol") != 1:
        tell({"type": "error", "error": "this recogniser speaks version 1 of the protocol"})
        return 1
    model = load(tell)
    tell({"type": "ready", "protocol": 1, "name": "colours", "device": "python", "images": ["shared"]})
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "shutdown":
            break
        try:
            tell({"type": "answer", "id": message["id"], "answer": recognise(model, message)})
        except Exception as e:  # this picture failed; the next one may not
            tell({"type": "error", "id": message["id"], "error": "%s: %s" % (type(e).__name__, e)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
