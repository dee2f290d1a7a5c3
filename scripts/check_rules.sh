#!/bin/sh
# The house rules that no compiler checks: layers include only what lies below them, headers are what CONTRIBUTING.md
# says, files stay small, nothing depends on one machine. One line for each offence; exit code 1 if there is any.
# usage: scripts/check_rules.sh [ROOT]
# shellcheck disable=SC2046,SC2086 # lists of files are split on purpose: no name here has a space
set -eu
cd "${1:-$(dirname "$0")/..}"

if git ls-files >/dev/null 2>&1; then
  list() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
else
  list() { for path in "$@"; do [ -e "$path" ] && find "$path" -type f; done; } # an unpacked archive
fi
sources=$(list include src tests bench examples python | grep -E '\.(h|cpp)$' | sort)
offences=$(mktemp)
trap 'rm -f "$offences"' EXIT

# Layers: what each may include beside itself. A public header <lamella/x.h> or <lamella/x/….h> belongs to the layer x
# where that is a layer, else to core, which is below all the others.
awk '
  BEGIN {
    allowed["core"] = ""
    allowed["kernels"] = "core"
    allowed["autograd"] = "core"
    allowed["ops"] = "core kernels autograd"
    allowed["nn"] = "core autograd ops"
    allowed["optim"] = "core kernels autograd ops nn"
    allowed["graph"] = "core kernels autograd ops"
    allowed["io"] = "core graph"
    allowed["data"] = "core autograd ops io"
    allowed["models"] = "core autograd ops nn io data"
    allowed["dist"] = "core autograd ops nn optim"
    # Of core, kernels may know only what has no Tensor in it.
    tensors = "^(core/(tensor|storage|physical)|lamella/(tensor|scalar|autograd))"
  }
  function layer_of(path,  part, n) {
    n = split(path, part, "/")
    sub(/\.h$/, "", part[1]); sub(/\.h$/, "", part[2])
    if (part[1] == "lamella") return part[2] in allowed ? part[2] : "core"
    return part[1] in allowed ? part[1] : ""
  }
  FNR == 1 {
    path = FILENAME; sub(/^(src|include)\//, "", path)
    from = path == "lamella/lamella.h" || path ~ /^cli\// ? "" : layer_of(path)
  }
  from != "" && /^[ \t]*#[ \t]*include/ {
    target = $0; gsub(/^[^"<]*["<]|[">].*$/, "", target)
    to = target == "lamella/lamella.h" || target ~ /^cli\// ? "everything" : layer_of(target)
    if (to != "" && to != from && (" " allowed[from] " ") !~ (" " to " "))
      printf "%s:%d: the layer %s may not include %s (%s)\n", FILENAME, FNR, from, target, to
    else if (from == "kernels" && target ~ tensors)
      printf "%s:%d: kernels know no Tensor: %s\n", FILENAME, FNR, target
  }
' $(echo "$sources" | grep -E '^(include|src)/') >>"$offences"

for file in $sources; do
  case $file in
  *-inl.h | src/kernels/foreach_target.h) ;; # compiled once for each instruction set: no guard by design
  *.h) grep -qE '^#(pragma once|ifndef LAMELLA_[A-Z_]*_H_)' "$file" || echo "$file: no #pragma once" >>"$offences" ;;
  esac
done

awk '
  FNR == 1 { public = FILENAME ~ /^include\//; library = FILENAME ~ /^(include|src)\// && FILENAME !~ /^src\/cli\// }
  FNR == 601 { printf "%s: more than 600 lines; one idea a file\n", FILENAME }
  /#[ \t]*include[ \t]*[<"]\.\.?\// { printf "%s:%d: a relative include; the root is src/\n", FILENAME, FNR }
  public && /#[ \t]*include[ \t]*[<"](fmt|nlohmann|hwy|png|jpeglib|zlib)/ {
    printf "%s:%d: a third-party header in a public one\n", FILENAME, FNR }
  # <ostream> is left: an operator<< for the users of the library costs nothing where nobody calls it.
  FILENAME ~ /^(include|src)\// && /#[ \t]*include[ \t]*<(iostream|sstream|fstream|istream|iomanip|locale|regex)>/ {
    printf "%s:%d: streams and locales are 0.6 MB of the static command\n", FILENAME, FNR }
  library && /(^|[^A-Za-z0-9_])(std::(cout|cerr|abort|exit)|printf|puts|abort)[ \t]*(\(|<<)/ {
    line = $0; sub(/\/\/.*/, "", line)
    if (line ~ /(std::(cout|cerr|abort|exit)|printf|puts|abort)[ \t]*(\(|<<)/)
      printf "%s:%d: the library neither prints nor aborts\n", FILENAME, FNR }
' $sources >>"$offences"

# No path of somebody's machine, and no conflict marker, in any text file.
list . | grep -vE '\.(png|jpg|jpeg|gz|npy|pt|safetensors|onnx)$' | while read -r file; do
  grep -nIE '(^|[^A-Za-z0-9_.])/(home|root|Users|work|tmp)/[A-Za-z0-9_]|^(<<<<<<<|>>>>>>>) ' "$file" /dev/null || true
done | grep -v '^scripts/check_rules.sh:' | sed 's/^\([^:]*:[0-9]*\):.*/\1: an absolute path or a conflict marker/' >>"$offences"

if [ -s "$offences" ]; then
  cat "$offences"
  echo "$(wc -l <"$offences") offences against the house rules (scripts/check_rules.sh says why)"
  exit 1
fi
echo "house rules: $(echo "$sources" | wc -l) files, no offence"
