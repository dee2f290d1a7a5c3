#!/bin/sh
# The code shown in the tutorial's pages is the code that runs, and every picture shown is there.
# usage: check_pages.sh SOURCES PAGE…
# In a source, `// [name]` to `// [/name]` is a region (# in Python); words after `// [name]` are its first comment. In a
# page each ```cpp or ```python block stands under `<!-- code: FILE [name] -->` and is that region, less its indentation;
# each page shows all. What the one language shows, the other has, under the same name.
set -eu
sources=$1
shift
status=0
for page in "$@"; do
  awk -v folder="$sources" '
    function complain(text) { print FILENAME ":" FNR ": " text; bad = 1 }
    FILENAME != ARGV[ARGC - 1] {  # a source
      if (FNR == 1) { file = FILENAME; sub(/.*\//, "", file); region = "" }
      if (match($0, /^ *(\/\/|#) \[\/[a-z ]+\]$/)) { sub(/\n+$/, "\n", code[region]); region = ""; next }
      if (match($0, /^ *(\/\/|#) \[[a-z ]+\]/)) {
        name = $0; sub(/^ *(\/\/|#) \[/, "", name); sub(/\].*/, "", name)
        region = file " [" name "]"; defined[region] = 1; indent = match($0, /[^ ]/) - 1
        if (sub(/\[[a-z ]+\] /, "")) code[region] = substr($0, indent + 1) "\n"
        next
      }
      if (region != "") code[region] = code[region] (substr($0, 1, indent) ~ /^ *$/ ? substr($0, indent + 1) : $0) "\n"
      next
    }
    /^<!-- code: .* -->$/ { marker = $0; sub(/^<!-- code: /, "", marker); sub(/ -->$/, "", marker); next }
    $0 == "```cpp" || $0 == "```python" {
      inside = 1; block = ""
      if (marker == "") complain("a block of code without <!-- code: FILE [region] --> above it")
      else if (!(marker in defined)) complain("there is no region " marker)
      else if (index(marker, $0 == "```cpp" ? ".cpp " : ".py ") == 0) complain(marker " is in the other language")
      next
    }
    inside && $0 == "```" {
      inside = 0; shown[marker] = 1
      if (marker in defined && block != code[marker]) complain("this is not " marker " as it runs, which is\n" code[marker])
      marker = ""; next
    }
    inside { block = block $0 "\n"; next }
    match($0, /\]\([^)]*\.svg\)/) {
      picture = substr($0, RSTART + 2, RLENGTH - 3); path = FILENAME; sub(/[^\/]*$/, "", path)
      if ((getline line < (path picture)) <= 0) complain("no picture " picture)
      close(path picture)
    }
    END {
      for (region in defined) {
        if (!(region in shown)) { print ARGV[ARGC - 1] ": does not show " region; bad = 1 }
        twin = region
        if (!sub(/\.cpp /, ".py ", twin)) sub(/\.py /, ".cpp ", twin)
        if (!(twin in defined)) { print "there is no " twin ", twin of " region; bad = 1 }
      }
      exit bad
    }
  ' "$sources"/*.cpp "$sources"/*.py "$page" || status=1
done
[ $status -eq 0 ] && echo "the pages show the code that runs"
exit $status
