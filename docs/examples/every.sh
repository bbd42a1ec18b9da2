#!/bin/sh
# every.sh SECONDS COMMAND...: run a command again and again. One that fails is told of, and tried again next time.
seconds=$1
shift
while :; do
  "$@" || echo "exit code $?: $*" >&2
  sleep "$seconds"
done
