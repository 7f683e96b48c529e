"""The first sentences of a JSON file that have few words.

  python3 short_sentences.py FILE.json COUNT WORDS OUT.json
"""

import json
import pathlib
import sys

source, count, words, out = sys.argv[1:]
rows = [row for row in json.loads(pathlib.Path(source).read_text()) if len(row["sentence"].split()) <= int(words)]
pathlib.Path(out).write_text(json.dumps(rows[:int(count)], ensure_ascii=False))
