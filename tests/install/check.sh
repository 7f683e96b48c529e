#!/usr/bin/env bash
# check.sh CMAKE BUILD_DIR SOURCE_DIR COMPILER LIBDIR: the installed student is usable by find_package and by pkg-config.
set -euo pipefail
export CMAKE_GENERATOR=Ninja  # a bare machine has no make
cmake=$1 build=$2 source=$3 compiler=$4 libdir=$5
work=$(mktemp -d "${TMPDIR:-/tmp}/limbeck-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
golden=$source/tests/golden/student/mean
sentences=("The film is good." "a man plays the guitar")
# First three values of golden.json (torch.nn.LSTM), to six places, for both sentences.
want=$(python3 - "$golden/golden.json" <<'PY'
import json, sys
golden = json.load(open(sys.argv[1]))
for text in ("The film is good.", "a man plays the guitar"):
    vector = golden["vectors"][golden["texts"].index(text)]
    print(" ".join(f"{value:.4f}" for value in vector[:3]))
PY
)

fail() { echo "install: $*" >&2; exit 1; }

# The values that a program printed, to four places.
check() {
  local got
  got=$("$@" "$golden" "${sentences[@]}" | awk '{ printf "%.4f %.4f %.4f\n", $1, $2, $3 }')
  [ "$got" = "$want" ] || fail "$1 printed: $got; expected: $want"
}

no_torch() {
  # Names alone: an address can hold "c10" too.
  if ldd "$1" | sed 's| (0x.*||' | grep -E 'libtorch|libc10|libpython'; then fail "$1 needs LibTorch or Python"; fi
}

"$cmake" --install "$build" --prefix "$prefix" --component limbeck_student >"$work/install.log" ||
  { cat "$work/install.log" >&2; fail "cmake --install failed"; }

# Not named CMakeLists.txt in the tree, as it is no part of the build.
mkdir "$work/project"
cp "$source/tests/install/consumer.cmake" "$work/project/CMakeLists.txt"

echo "== find_package(limbeck COMPONENTS student)"
"$cmake" -S "$work/project" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DEXAMPLE="$source/examples/student.cpp" \
  -DCMAKE_BUILD_TYPE=Release >"$work/consumer.log" 2>&1 &&
  "$cmake" --build "$work/consumer" >>"$work/consumer.log" 2>&1 ||
  { cat "$work/consumer.log" >&2; fail "the CMake consumer does not build"; }
check "$work/consumer/student"
no_torch "$work/consumer/student"

echo "== find_package refuses what is not there"
if "$cmake" -S "$work/project" -B "$work/absent" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCOMPONENT=nonsense >"$work/absent.log" 2>&1; then
  fail "a component 'nonsense' was found"
fi
tr '\n' ' ' <"$work/absent.log" | tr -s ' ' |
  grep -q "limbeck has no component 'nonsense'; known: student, train" ||
  { cat "$work/absent.log" >&2; fail "the message does not name the component"; }

echo "== pkg-config limbeck-student"
export PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
# shellcheck disable=SC2046 # the flags are words
"$compiler" -std=c++20 -O2 "$source/examples/student.cpp" -o "$work/student" \
  $(pkg-config --static --cflags --libs limbeck-student)
check "$work/student"
no_torch "$work/student"

echo "== limbeck-student"
program=$prefix/bin/limbeck-student
no_torch "$program"
printf '%s\n' "${sentences[@]}" | "$program" embed --model "$golden" >"$work/vectors.jsonl"
got=$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    print(" ".join(f"{value:.4f}" for value in json.loads(line)["vector"][:3]))' "$work/vectors.jsonl")
[ "$got" = "$want" ] || fail "limbeck-student printed: $got; expected: $want"
cp "$program" "$work/stripped"
strip "$work/stripped"
size=$(stat -c %s "$work/stripped")
echo "limbeck-student, stripped: $size bytes; it needs:"
ldd "$work/stripped" | awk '{ print "  " $1 }'
[ "$size" -le 2000000 ] || fail "limbeck-student, stripped, has $size bytes; at most 2,000,000 are meant to ship"

if [ -x "$build/tools/limbeck/limbeck-train" ]; then
  echo "== find_package(limbeck COMPONENTS train)"
  "$cmake" --install "$build" --prefix "$prefix" --component limbeck_train >"$work/install.log" ||
    { cat "$work/install.log" >&2; fail "cmake --install of the component train failed"; }
  "$cmake" -S "$work/project" -B "$work/trainer" -DCMAKE_PREFIX_PATH="$prefix" -DCOMPONENT=train \
    -DLIMBECK_TORCH="$(sed -n 's/^LIMBECK_TORCH_INCLUDE_DIR:PATH=//p' "$build/CMakeCache.txt")/.." \
    -DCMAKE_CXX_COMPILER="$compiler" -DEXAMPLE="$source/examples/train_student.cpp" >"$work/trainer.log" 2>&1 &&
    "$cmake" --build "$work/trainer" >>"$work/trainer.log" 2>&1 ||
    { cat "$work/trainer.log" >&2; fail "the CMake consumer of the component train does not build"; }
  mapfile -t losses < <("$work/trainer/student" | awk '{ print $4 }')
  [ "${#losses[@]}" = 3 ] && awk "BEGIN { exit !(${losses[2]} < ${losses[0]}) }" ||
    fail "train_student: expected three losses that fall, got: ${losses[*]}"
  mapfile -t bounds < <("$work/trainer/bounds" | awk '{ print $NF }')
  [ "${#bounds[@]}" = 3 ] && awk "BEGIN { exit !(${bounds[0]} < ${bounds[1]} && ${bounds[1]} < 0 && ${bounds[2]} < 0) }" ||
    fail "bounds: expected two bounds below 0, the second the larger, and a slope, got: ${bounds[*]}"
fi
