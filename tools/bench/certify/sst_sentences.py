#!/usr/bin/env python3
"""The sentences that the word-level networks of README are trained on.

  python3 tools/bench/certify/sst_sentences.py DATA OUT     (needs no packages; the same bytes each time)
DATA has glue/SST-2/train.tsv and sentiment/deept_sst. Written:
  OUT/phrases.json    phrases and sentences of the training trees, {sentence, label}; whatever is also a dev or test
                      sentence is left out, and so are texts with both labels
  OUT/sentences.json  the training sentences alone
"""

import json
import pathlib
import sys


def write(path, rows):
    path.write_text(json.dumps([{"sentence": s, "label": l} for s, l in rows], ensure_ascii=False))
    print(f"{path}: {len(rows)} sentences, {sum(l for _, l in rows)} positive")


def main(data, out):
    splits = {name: json.loads((data / f"sentiment/deept_sst/{name}.json").read_text())
              for name in ("train", "dev", "test")}
    held_out = {row["sentence"].lower() for name in ("dev", "test") for row in splits[name]}
    labels = {}
    for line in (data / "glue/SST-2/train.tsv").read_text().splitlines()[1:]:
        text, label = line.rsplit("\t", 1)
        labels.setdefault(text.strip().lower(), set()).add(int(label))
    for row in splits["train"]:
        labels[row["sentence"].lower()] = {row["label"]}
    phrases = [(text, min(seen)) for text, seen in labels.items()
               if len(seen) == 1 and text and text not in held_out]
    out.mkdir(parents=True, exist_ok=True)
    write(out / "phrases.json", phrases)
    write(out / "sentences.json", [(row["sentence"], row["label"]) for row in splits["train"]])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
