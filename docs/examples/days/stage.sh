# The stage of the three days, which they read first: it moves the clock, and counts the commands of each task.
#
# A command of a day is the real `healthpass`, under a clock that libfaketime sets (package `faketime` of Debian).
# Whoever works here has the clock of the computer, and needs none of this.
set -euo pipefail
export TZ=Asia/Shanghai LANG=C.UTF-8
COUNTED=$PWD/commands.tsv
exec 3>&1 # what people see, also where the answer of a command goes to a file

if [ -n "$(ls -A)" ]; then
  echo "$0: this folder is not empty, and the day needs one that is" >&2
  exit 2
fi

# It is this time now; the second word says what happens.
clock() {
  NOW=$1
  printf '\n== %s  %s\n' "$1" "$2"
}

# What is done from here on; at the end its commands are counted.
task() {
  TASK=$1
  RUN=$((${RUN:-0} + 1))
}

healthpass() {
  printf '%s\t%s\n' "$TASK" "$RUN" >> "$COUNTED"
  printf '$ healthpass %s\n' "$*" >&3
  faketime --exclude-monotonic "$NOW" healthpass "$@"
}

# refused CODE healthpass ...: the command has to end with this exit code.
refused() {
  local code=0
  "${@:2}" || code=$?
  if [ "$code" != "$1" ]; then
    echo "$0: exit code $code, and $1 was expected: ${*:2}" >&2
    exit 1
  fi
  echo "(exit code $code)"
}

# Say how many commands each task has taken.
count() {
  printf '\n== commands\n'
  awk -F '\t' '
    !($1 in times) { order[++tasks] = $1 }
    { all[$1]++ }
    !(($1, $2) in seen) { seen[$1, $2] = 1; times[$1]++ }
    END {
      for (n = 1; n <= tasks; n++) {
        task = order[n]
        often = times[task] > 1 ? sprintf(", %d times: %.1f each", times[task], all[task] / times[task]) : ""
        printf "%3d  %s%s\n", all[task], task, often
      }
    }' "$COUNTED"
}
