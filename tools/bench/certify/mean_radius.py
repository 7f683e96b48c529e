"""One line on the radii of a run of `limbeck certify`.

  python3 mean_radius.py NORM ITEMS.jsonl START END     (seconds since 1970, as bash has them)
"""

import json
import statistics
import sys

norm, items, start, end = sys.argv[1:]
with open(items, encoding="utf-8") as file:
    rows = [json.loads(line) for line in file]
radii = [[word["radius"] for word in row["words"]] for row in rows if row["state"] == "certified"]
if not radii:
    sys.exit(f"norm {norm}: no sentence has a certified radius")
print(f"norm {norm}: {len(radii)} of {len(rows)} sentences, {sum(map(len, radii))} words; radius of a word mean "
      f"{statistics.mean(r for row in radii for r in row):.5f}, least of a sentence mean "
      f"{statistics.mean(map(min, radii)):.5f}; {float(end) - float(start):.1f} s")
