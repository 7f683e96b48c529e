"""Lines that are hard to tokenize: every part of Unicode, special tokens, long words, mixed up by a seed."""

import random

SPECIAL = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[mask]", "[MASK", "[[MASK]]", "##", "[unused1]"]
SPACES = [" ", "  ", "\t", "\n", "\r", "\u00a0", "\u2003", "\u2028", "\u3000", "\u1680", "\u0085", "\u200b", "\ufeff"]
MARKS = ([chr(c) for c in range(0x300, 0x370)] + list("\u0591\u05b0\u064b\u0670\u093c\u094d\u0e38\u0f71\u0f72\u0f74\u1dce\u20d0"
         "\u302a\u302e\u302f\u3099\ua9bd\U0001d165\U0001d16e\U00016ff0\U0001e8d0\u1885\u1734\U000111c9\u08d4\u1dfb"))
CONTROLS = [chr(c) for c in list(range(32)) + list(range(0x7F, 0xA0))] + list("\u00ad\u200e\u2066\ufffd\ue000\U000e0001\U000f0000\u08e2\U00013430")
WORDS = ("the quick brown fox naive cafe Unaffable ANTIDISESTABLISHMENTARIANISM don't U.S.A. 3.14 e-mail "
         "Stra\u00dfe \u0130stanbul na\u00efve r\u00e9sum\u00e9 \u039f\u0394\u039f\u03a3 \u00c5ngstr\u00f6m \u6771\u4eac \u3053\u3093\u306b\u3061\u306f \uc548\ub155 \u0928\u092e\u0938\u094d\u0924\u0947 \u0645\u0631\u062d\u0628\u0627 \ufb01ne").split()
# Blocks whose decomposition, case or category is odd, or newer than some library's tables.
RANGES = [(0x21, 0x7E), (0xA1, 0x24F), (0x250, 0x36F), (0x370, 0x5FF), (0x600, 0x8FF), (0x900, 0x1FFF), (0x2000, 0x2FFF),
          (0x3000, 0x4DFF), (0x4E00, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFFFF),
          (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x12000, 0x1CFFF), (0x1D000, 0x1D7FF), (0x1E000, 0x1EFFF),
          (0x1F000, 0x1FAFF), (0x20000, 0x2FA1F), (0x2B81E, 0x2B925), (0x30000, 0x3FFFF), (0xE0000, 0x10FFFF)]


def scalar(rng, ranges=RANGES):
    while True:
        low, high = rng.choice(ranges)
        c = rng.randint(low, high)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def part(rng):
    kind = rng.random()
    if kind < 0.22:
        return rng.choice(WORDS)
    if kind < 0.40:
        return scalar(rng)
    if kind < 0.55:
        return scalar(rng, [rng.choice(RANGES)]) + "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 4)))
    if kind < 0.62:
        return rng.choice(CONTROLS)
    if kind < 0.70:
        return rng.choice(SPECIAL)
    if kind < 0.90:
        return rng.choice(SPACES)
    if kind < 0.91:
        letter = rng.choice(["a", "\u00e9", "\u4e2d", "\U0001d400", "\ufb01", "x\u0301"])
        return letter * rng.randint(96, 104)
    if kind < 0.96:
        return "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 5)))
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEF'-.,") for _ in range(rng.randint(1, 20)))


def edge_lines(count, seed, most_parts=14):
    rng = random.Random(seed)
    return ["".join(part(rng) for _ in range(rng.randint(1, most_parts))) for _ in range(count)]


def each_scalar_lines():
    """Every scalar value: alone, between letters, with marks before and after it, doubled; 16 values a line."""
    scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for i in range(0, len(scalars), 16):
        yield " | ".join(f"{x} a{x}b {x}\u0301 e\u0301\u0323{x}\u0302\u0334z {x}{x}" for x in scalars[i:i + 16])
