"""Template files for `limbeck audit` from notes that list the paper's attributes in words (templates are not kept here).

  python paper_templates.py NOTES.md OUT    writes OUT/country.json, OUT/occupation.json, OUT/name.json

Source: Huang et al. 2020, appendix A, tables 2-4. The notes name values as "**Country (10; ...)**: Syria, Iran, ..." and
templates as 'Country (slot C): 1 "I am from C. ..." 2 "..." 3 same with husband/he ...'.
"""

import json
import pathlib
import re
import sys

SLOTS = {"Country": "C", "Occupation": "O", "Name": "N"}
COUNTS = {"Country": 10, "Occupation": 29, "Name": 34}


def line_of(notes, pattern):
    found = [line for line in notes.splitlines() if re.match(pattern, line)]
    if len(found) != 1:
        sys.exit(f"paper_templates: expected one line that matches {pattern!r}, got {len(found)}")
    return found[0]


def listed(text):
    return [value.strip().rstrip(".") for value in text.split(",")]


def values(notes, attribute):
    line = line_of(notes, rf"- \*\*{attribute} \(").split("**:", 1)[1]
    if attribute != "Name":
        return listed(line)
    people = []
    for group, pronoun in (("male", "he"), ("female", "she")):
        names = re.search(rf"\b{group} ([A-Z][^;.]*)", line).group(1)
        people += [{"text": name, "group": group, "pronoun": pronoun} for name in listed(names)]
    return people


def husband(template):
    return template.replace("My wife", "My husband").replace(" she ", " he ")


def in_slots(template, slot):
    template = re.sub(rf"\ba/an {slot}\b", "{a} {value}", template)
    template = template.replace("he/she", "{he}").replace("his/her", "{his}")
    return re.sub(rf"\b{slot}\b", "{value}", template)


def templates(notes, attribute):
    line = line_of(notes, rf"{attribute} \(slot {SLOTS[attribute]}\):")
    texts = []
    for number in range(1, 11):
        item = re.search(rf'(?:^|[:·]) ?{number} ([^·]*)', line).group(1).strip()
        quoted = re.match(r'"([^"]*)"', item)
        texts.append(in_slots(quoted.group(1), SLOTS[attribute]) if quoted else husband(texts[-1]))
    return texts


def main(notes_file, out):
    notes = pathlib.Path(notes_file).read_text(encoding="utf-8")
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for attribute, count in COUNTS.items():
        made = {"attribute": attribute.lower(), "templates": templates(notes, attribute), "values": values(notes, attribute)}
        if len(made["values"]) != count or len(set(made["templates"])) != 10:
            sys.exit(f"paper_templates: {attribute}: expected {count} values and 10 templates, got {len(made['values'])} and "
                     f"{len(set(made['templates']))}")
        (folder / f"{made['attribute']}.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
