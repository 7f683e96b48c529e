#!/usr/bin/env python3
"""Writes tests/golden/wordpiece: texts with the ids and spans that PyPI tokenizers gives.

  python make_golden.py --model DIR [--wordnet /usr/share/wordnet/data.noun] --output tests/golden/wordpiece
DIR holds the default teacher (all-MiniLM-L6-v2); its vocabulary itself is not written.
"""

import argparse
import json
import os
import random
import string
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tokenizers  # noqa: E402

import edge_lines  # noqa: E402
import reference  # noqa: E402

SEED = 20
SETTINGS = [
    {"do_lower_case": True},
    {"do_lower_case": False},
    {"do_lower_case": False, "strip_accents": True},
    {"do_lower_case": True, "strip_accents": False},
    {"do_lower_case": True, "tokenize_chinese_chars": False},
]
SENTENCES = [
    "A still turns wine into brandy, drop by drop.", "Don't panic: 3.14 isn't 22/7, is it?", "[CLS] is written here, and [MASK] too. [SEP]",
    "R\u00c9SUM\u00c9, na\u00efve caf\u00e9, \u0130stanbul, Stra\u00dfe, \u00c5ngstr\u00f6m", "\u6771\u4eac is \u6771\u4eac; \u4e2d\u534e\u4eba\u6c11\u5171\u548c\u56fd", "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4",
    "tab\tnew line\r\nno-break\u00a0space zero\u200bwidth soft\u00adhyphen bom\ufeff", "e\u0301 \u1e09\u0327 q\u0323\u0307 \u0344", "", " ", "\u0000\ufffd", "a" * 100, "a" * 101, "\u00e9" * 100, "x\u0301" * 101,
    "unaffable unaffables unaffablest", "$100 ^_^ `quoted` ~tilde~ <tag> a=b|c {braces}", "\u0391\u03a3 \u03a3\u03a3", "\ua7da\ua7dc\U00010d50 \U00016ea0",
]


def small_vocabulary():
    """A vocabulary of our own that shows what became of each character."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += list(string.punctuation + string.digits)
    letters = list(string.ascii_letters) + [chr(c) for c in range(0xC0, 0x180)] + [chr(c) for c in range(0x386, 0x460) if chr(c).isalpha()]
    letters += list("\u0627\u0628\u0645\u0631\u062d\u0928\u0938\u0924\u0947\u0940\u3053\u3093\u306b\u3061\u306f\u6771\u4eac\u4e2d\u56fd\u4eba\u3000\u302e\u302f\u1100\u1161\u11a8\u110b\u1161\u11ab\u1102\u1167\u11bc\u0307\u0301\u0300\u0323\u0327\u08d4\ua9bd")
    letters += ["\U0001d165", "\U0001f600", "\U00010d70", "\U00016ebb", "\ua7db", "\u019b", "\u03c2", "\U000111c9"]
    letters = sorted(set(letters))
    pieces += letters + ["##" + c for c in letters]
    pieces += ("the quick brown fox un ##aff ##able ##ables still wine drop ##ing ##s turn caf ##e cafe mask is here "
               "do ##n't isn don tok ##en unaff THE Ang ##str ##om").split()
    return list(dict.fromkeys(pieces))


def case(tokenizer, text, pair, limit, spans):
    encoding = reference.encode(tokenizer, text, pair, limit)
    row = [text, pair, limit, encoding.ids]
    if spans:
        bytes_of = [reference.byte_offsets(text), reference.byte_offsets(pair or "")]
        row.append([x for (b, e), s in zip(encoding.offsets, encoding.sequence_ids)
                    for x in ((bytes_of[s][b], bytes_of[s][e]) if s is not None else (0, 0))])
    return row


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def small_cases(vocab):
    """[setting, text, pair, limit, ids, spans]"""
    rng = random.Random(SEED)
    for number, setting in enumerate(SETTINGS):
        tokenizer = reference.from_vocab(vocab, setting["do_lower_case"], setting.get("strip_accents"),
                                         setting.get("tokenize_chinese_chars", True))
        lines = SENTENCES + edge_lines.edge_lines(150, SEED + number, 4)
        for i, line in enumerate(lines):
            yield [number] + case(tokenizer, line, None, rng.choice([0, 0, 2, 7, 20]), True)
            if i % 3 == 0:
                yield [number] + case(tokenizer, line, rng.choice(lines), rng.choice([0, 3, 4, 8, 9, 31]), True)


def glosses(path, count):
    with open(path, encoding="utf-8") as file:
        lines = [line.split(" | ", 1)[1].strip() for line in file if " | " in line]
    return random.Random(SEED).sample(lines, count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--wordnet", default="/usr/share/wordnet/data.noun")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    vocab = os.path.join(arguments.output, "small_vocab.txt")
    with open(vocab, "w", encoding="utf-8", newline="\n") as file:
        file.write("".join(piece + "\n" for piece in small_vocabulary()))
    write_rows(os.path.join(arguments.output, "small.jsonl"), small_cases(vocab))

    tokenizer = reference.from_directory(arguments.model)
    texts = SENTENCES + glosses(arguments.wordnet, 800) + edge_lines.edge_lines(1300, SEED + 100, 4)
    rng = random.Random(SEED)
    rows = [case(tokenizer, text, rng.choice(texts) if i % 5 == 0 else None, rng.choice([0, 0, 0, 16, 33]), False)
            for i, text in enumerate(texts)]
    write_rows(os.path.join(arguments.output, "minilm.jsonl"), rows)
    write_rows(os.path.join(arguments.output, "minilm_decoded.jsonl"),
               [[row[3], tokenizer.decode(row[3])] for row in rows[:len(SENTENCES) + 200]])
    with open(os.path.join(arguments.output, "origin.json"), "w", encoding="utf-8") as file:
        json.dump({
            "tool": "PyPI tokenizers", "version": tokenizers.__version__, "seed": SEED,
            "command": "python tools/bench/tokenize/make_golden.py --model all-MiniLM-L6-v2 --output tests/golden/wordpiece",
            "inputs": "sentences and edge lines of our own; glosses of WordNet 3.0 (data.noun of Debian's wordnet-base)",
            "files": {
                "small.jsonl": "[setting, text, pair, max_length (0: none), ids, begin and end byte of each span]",
                "minilm.jsonl": "[text, pair, max_length (0: none), ids]", "minilm_decoded.jsonl": "[ids, decoded text]"},
            "settings": SETTINGS, "tolerance": "none: ids, spans and text are equal"}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
