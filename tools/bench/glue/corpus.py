#!/usr/bin/env python3
"""The text that the student of README's score table is distilled from, and what must stay out of it.

  python3 tools/bench/glue/corpus.py DATA OUT     (needs no packages; the same bytes each time)
DATA has glue/, lm/wiki_featured/ and robust/textfooler/. Written:
  OUT/wikipedia.txt   300,000 sentences and those of 1,000 further articles
  OUT/in_domain.txt   texts without labels of the SST-2, STS-B, MRPC, RTE and CoLA training files, of a sample of QQP,
                      and sentences of 2,000 film and restaurant reviews
  OUT/held_out.txt    every text of the dev and test files; `limbeck distill --held-out` keeps them out of training
"""

import csv
import gzip
import pathlib
import re
import sys

SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")
REVIEW_END = re.compile(r"(?<= [.!?])\s+|(?:\\n|\n)+")
WORDS = range(5, 49)

# file, columns of text, whether the first line is a header
TRAINING = [
    ("SST-2/train.tsv", [0], True),
    ("STS-B/train.tsv", [7, 8], True),
    ("MRPC/train.tsv", [3, 4], True),
    ("RTE/train.tsv", [1, 2], True),
    ("CoLA/train.tsv", [3], False),
    ("QQP/sample_labelled.tsv", [3, 4], True),
]
HELD_OUT = [
    ("SST-2/dev.tsv", [0], True),
    ("STS-B/dev.tsv", [7, 8], True),
    ("STS-B/test.tsv", [7, 8], True),
    ("MRPC/dev.tsv", [3, 4], True),
    ("MRPC/test.tsv", [3, 4], True),
    ("RTE/dev.tsv", [1, 2], True),
    ("RTE/test.tsv", [1, 2], True),
    ("CoLA/dev.tsv", [3], False),
    ("CoLA/test.tsv", [1], True),
]
REVIEWS = ["imdb.txt", "yelp.txt"]  # mr.txt is left out: its sentences are those of SST-2


def glue_texts(glue, files):
    for name, columns, has_header in files:
        with open(glue / name, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows[1 if has_header else 0 :]:
            for column in columns:
                text = row[column].strip()
                if text:
                    yield text


def article_sentences(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.startswith("= "):
                continue
            for sentence in SENTENCE_END.split(line.strip()):
                if len(sentence.split()) in WORDS:
                    yield sentence


def review_sentences(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        for sentence in REVIEW_END.split(line.partition(" ")[2]):
            sentence = sentence.strip(' "\\')
            if len(sentence.split()) in WORDS:
                yield sentence


def write(path, sentences):
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for sentence in sentences:
            file.write(" ".join(sentence.split()) + "\n")
            count += 1
    print(f"{path.name}: {count:,} lines")


def wikipedia(folder):
    with gzip.open(folder / "sentences_300k.txt.gz", "rt", encoding="utf-8") as file:
        yield from file
    yield from article_sentences(folder / "articles_train.txt.gz")


def in_domain(data):
    yield from glue_texts(data / "glue", TRAINING)
    for name in REVIEWS:
        yield from review_sentences(data / "robust/textfooler" / name)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    data, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    write(out / "wikipedia.txt", wikipedia(data / "lm/wiki_featured"))
    write(out / "in_domain.txt", in_domain(data))
    write(out / "held_out.txt", glue_texts(data / "glue", HELD_OUT))


if __name__ == "__main__":
    main()
