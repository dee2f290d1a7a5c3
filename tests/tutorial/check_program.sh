#!/bin/sh
# Runs one program of the tutorial and holds what it prints and draws against the pages.
# usage: check_program.sh PROGRAM FOLDER SHAPES PICTURES PAGE…
#   FOLDER    where it draws (emptied first)
#   SHAPES    lines "program | words": words that its output must hold
#   PICTURES  the pages' pictures; those that training decides (accuracy, orders) only have to be there
#   PAGE      after `<!-- output: NAME -->` a ```text block whose lines are in the output of NAME, in this order;
#             … stands for anything
set -eu
program=$1 folder=$2 shapes=$3 pictures=$4
shift 4
name=$(basename "$program")
rm -rf "$folder"
mkdir -p "$folder"
output=$folder/output.txt
"$program" "$folder" >"$output"

awk -v name="$name" -v output="$output" '
  # Whether `line` holds the parts of `pattern` (split at …) in order; a pattern without … is the whole line.
  function fits(line, pattern,  parts, n, i, at) {
    n = split(pattern, parts, "…")
    if (n < 2) return line == pattern
    for (i = 1; i <= n; ++i) {
      at = index(line, parts[i])
      if (at == 0 || (i == 1 && at != 1)) return 0
      line = substr(line, at + length(parts[i]))
    }
    return parts[n] == "" || line == ""
  }
  function complain(text) { print FILENAME ":" FNR ": " text; bad = 1 }
  BEGIN { while ((getline line < output) > 0) printed[++count] = line; whole = "" ; for (i = 1; i <= count; ++i) whole = whole printed[i] "\n" }
  FILENAME ~ /shapes\.txt$/ {
    if ($0 !~ /^#/ && index($0, name " | ") == 1 && !index(whole, substr($0, length(name) + 4)))
      complain(name " does not print: " substr($0, length(name) + 4))
    next
  }
  FNR == 1 { next_line = 1 }
  $0 == "<!-- output: " name " -->" { wanted = 1; blocks++; next }
  wanted && $0 == "```text" { inside = 1; wanted = 0; next }
  inside && $0 == "```" { inside = 0; next }
  inside {
    for (i = next_line; i <= count && !fits(printed[i], $0); ++i) {}
    if (i > count) complain(name " does not print this line (here): " $0); else next_line = i + 1
  }
  END {
    if (!blocks) { print name ": no page shows its output"; bad = 1 }
    if (bad) print "(" output " is what it prints)"
    exit bad
  }
' "$shapes" "$@"

for drawn in "$folder"/*.svg; do
  page=$pictures/$(basename "$drawn")
  case $(basename "$drawn") in
  accuracy.svg | orders.svg) [ -s "$page" ] ;;
  *) cmp "$drawn" "$page" ;;
  esac || {
    echo "$page is not what $name draws; build the target tutorial_pictures"
    exit 1
  }
done
echo "$name: prints and draws what the pages show"
