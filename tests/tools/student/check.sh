#!/usr/bin/env bash
# check.sh PROGRAM GOLDEN_DIR: answers, exit codes and whole messages of limbeck-student.
set -uo pipefail
program=$1 golden=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/limbeck-student.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0

# expect NAME EXIT STDOUT STDERR, then the command: compares all three.
expect() {
  local name=$1 code=$2 out=$3 err=$4 got
  shift 4
  "$@" >"$work/out" 2>"$work/err" </dev/null
  got=$?
  if [ "$got" != "$code" ] || [ "$(cat "$work/out")" != "$out" ] || [ "$(cat "$work/err")" != "$err" ]; then
    echo "$name: exit $got (expected $code)"
    echo "  stdout: $(cat "$work/out")"
    echo "  stderr: $(cat "$work/err")"
    echo "  expected: $out $err"
    failures=$((failures + 1))
  fi
}

known="known: embed, classify, --help, --version"
expect "no command" 2 "" "limbeck-student: no command; $known" "$program"
expect "unknown command" 2 "" "limbeck-student: unknown command 'train'; $known" "$program" train
expect "unknown option" 2 "" \
  "limbeck-student: unknown option '--modle'; known: --model, --input, --dtype, --threads" \
  "$program" embed --modle x
expect "no value" 2 "" "limbeck-student: --model: expected a value" "$program" embed --model
expect "no model" 2 "" "limbeck-student: --model: expected a student directory" "$program" embed
expect "wrong type" 2 "" "limbeck-student: dtype: expected float32, bfloat16 or int8, got 'int4'" \
  "$program" embed --model "$golden/mean" --dtype int4
expect "wrong threads" 2 "" "limbeck-student: --threads: expected 1 to 1024, got '0'" \
  "$program" embed --model "$golden/mean" --threads 0
expect "absent input" 3 "" "limbeck-student: $work/none: cannot open: No such file or directory" \
  "$program" embed --model "$golden/mean" --input "$work/none"
expect "no head" 3 "" \
  "limbeck-student: $golden/mean/config.json: no key \"limbeck_head\" (an encoder; fine-tune it to classify)" \
  "$program" classify --model "$golden/mean"
# An empty file was once exit code 0, and a directory an empty file.
expect "empty input" 3 "" "limbeck-student: standard input: expected lines of text, got an empty file" \
  "$program" embed --model "$golden/mean"
: >"$work/empty"
expect "empty file" 3 "" "limbeck-student: $work/empty: expected lines of text, got an empty file" \
  "$program" classify --model "$golden/classify" --input "$work/empty"
expect "a directory" 3 "" "limbeck-student: $work: expected a file, got a directory" \
  "$program" embed --model "$golden/mean" --input "$work"
expect "a directory as standard input" 3 "" \
  "limbeck-student: standard input: cannot read after line 0: Is a directory" \
  bash -c '"$1" embed --model "$2" <"$3"' - "$program" "$golden/mean" "$work"

printf 'good\nb\xff\n' >"$work/bytes"
expect "bytes that are not text" 3 "" \
  "limbeck-student: $work/bytes:2:2: not valid UTF-8: byte 0xFF (convert the file with iconv)" \
  "$program" embed --model "$golden/mean" --input "$work/bytes"
# Both were once taken as text, and answered.
printf 'go\0od\n' >"$work/nul"
expect "a NUL byte" 3 "" "limbeck-student: $work/nul:1:3: NUL byte (is this a text file in UTF-8?)" \
  "$program" embed --model "$golden/mean" --input "$work/nul"
{ echo good; head -c 1000000 /dev/zero | tr '\0' a; } >"$work/long"
expect "a line of a megabyte" 3 "" \
  "limbeck-student: $work/long:2:1000000: expected a line of at most 999999 bytes (is this a text file with one sentence a line?)" \
  "$program" embed --model "$golden/mean" --input "$work/long"
expect "a file name of two lines" 3 "" \
  "limbeck-student: $work/two?lines: cannot open: No such file or directory" \
  "$program" embed --model "$golden/mean" --input "$work/two
lines"

# Models: none, half of one, another one, one with a weight that is no number.
expect "absent model" 3 "" \
  "limbeck-student: $work/absent/config.json: cannot open: No such file or directory" \
  "$program" embed --model "$work/absent"
cp -r "$golden/mean" "$work/half"
rm "$work/half/model.safetensors"
expect "half a model" 3 "" \
  "limbeck-student: $work/half: expected model.safetensors or model.safetensors.index.json, found neither" \
  "$program" embed --model "$work/half"
head -c 2000 "$golden/mean/model.safetensors" >"$work/half/model.safetensors"
"$program" embed --model "$work/half" </dev/null >"$work/out" 2>"$work/err"
if [ $? != 3 ] || ! grep -q '(is it complete?)' "$work/err"; then
  echo "a cut model: $(cat "$work/err")"
  failures=$((failures + 1))
fi
expect "a model of another kind" 3 "" \
  "limbeck-student: $golden/../bert_engine/tiny/config.json: expected model_type 'limbeck_bilstm', got 'bert'" \
  "$program" embed --model "$golden/../bert_engine/tiny"
cp -r "$golden/mean" "$work/infinite"
python3 - "$work/infinite/model.safetensors" <<'PY'
import json, struct, sys
with open(sys.argv[1], "r+b") as file:
    size = struct.unpack("<Q", file.read(8))[0]
    begin = json.loads(file.read(size))["lstm.weight_hh_l0"]["data_offsets"][0]
    file.seek(8 + size + begin + 4 * 7)
    file.write(struct.pack("<f", float("inf")))
PY
# Its answers were once finite: the kernel clamps.
expect "a weight that is not finite" 3 "" \
  "limbeck-student: $work/infinite/model.safetensors: tensor 'lstm.weight_hh_l0': value 7 is not finite (a diverged or damaged model)" \
  "$program" embed --model "$work/infinite"

# A byte order mark is no part of the first sentence.
echo good >"$work/plain"
printf '\xEF\xBB\xBFgood\n' >"$work/marked"
expect "a byte order mark" 0 "$("$program" embed --model "$golden/mean" --input "$work/plain")" "" \
  "$program" embed --model "$golden/mean" --input "$work/marked"

for words in --help -h "embed --help"; do
  # shellcheck disable=SC2086
  if ! "$program" $words >"$work/out" 2>"$work/err" </dev/null || [ -s "$work/err" ] ||
    ! grep -q '^  limbeck-student classify --model DIR' "$work/out"; then
    echo "$words: $(cat "$work/out" "$work/err")"
    failures=$((failures + 1))
  fi
done
printf 'good\tbad\nalone\n' >"$work/pairs"
expect "a line without a pair" 3 "" \
  "limbeck-student: $work/pairs:2: expected two texts with a tab between them, got 1 column" \
  "$program" classify --model "$golden/classify_pair" --input "$work/pairs"

# Labels of golden.json: the largest logit of torch.nn.LSTM for each text.
python3 - "$golden/classify" "$work" <<'PY'
import json, sys
golden = json.load(open(sys.argv[1] + "/golden.json"))
labels = json.load(open(sys.argv[1] + "/config.json"))["limbeck_head"]["labels"]
open(sys.argv[2] + "/texts", "w").write("".join(text + "\n" for text in golden["texts"]))
open(sys.argv[2] + "/labels", "w").write(
    "".join(labels[max(range(len(row)), key=row.__getitem__)] + "\n" for row in golden["logits"]))
PY
for type in float32 bfloat16 int8; do
  "$program" classify --model "$golden/classify" --input "$work/texts" --dtype "$type" --threads 2 |
    python3 -c '
import json, sys
for line in sys.stdin:
    answer = json.loads(line)
    assert abs(sum(answer["probabilities"].values()) - 1) < 1e-5, line
    print(answer["label"])' | diff - "$work/labels" || { echo "labels differ at $type"; failures=$((failures + 1)); }
done
exit "$((failures > 0))"
