#!/usr/bin/env bash
# A week of five gates, each with a trust store of its own.
#
# `north` is as it should be. `south` gets no registry and its own expires. The clock of `east` is wrong. `west` has no
# network for days, and somebody brings a stick. The disk of `ward` is lost, and its store is made anew from the paper.
# Run it in an empty folder: `bash .../docs/examples/days/gates.sh`. At the end it says how many commands each task took.
# shellcheck source=stage.sh
. "$(dirname "$0")/stage.sh"

BASE=https://status.hz.example/wjw
SPAN=(--from 2026-11-01T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
mkdir web # what stands here is on the web, at two addresses: bundle.cbor and lists.cbor

# list KEY ...: the authority lists a key of the office. What stands for the telephone is the office's own public key.
list() {
  healthpass registry import registry.json "$1.cbor" \
    --thumbprint "$(healthpass registry show "$1.pub.pem" --thumbprint)" "${@:2}"
}

# The office publishes its lists.
lists() {
  task "the office publishes"
  healthpass status publish ledger --key status-1.pem --base "$BASE" --valid-for 24h --out lists \
    --bundle web/lists.cbor
}

# The authority publishes a registry, which counts for three days here.
registry() {
  task "the authority publishes"
  healthpass registry publish registry.json --published web --key machine.pem "$@"
}

# issue NAME: a traveller gets a code.
issue() {
  task "a traveller's code"
  healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h --ledger ledger \
    --by "officer 17" --why "health declaration" claims.json > "$1.txt"
}

# update GATE: what a gate's timer does.
update() {
  healthpass trust update "$1" web/bundle.cbor web/lists.cbor
}

# see GATE CODE: a gate that judges a code.
see() {
  healthpass verify --trust "$1" - < "$2.txt"
}

clock "2026-11-01 12:00:00" "the authority, an office, and what they publish"
task "the authority and the office"
for key in person machine wjw-1 status-1; do healthpass keygen --out "$key.pem" --public "$key.pub.pem"; done
healthpass authority new CN-33 --root-key person.pub.pem --root-threshold 1 \
  --registry-key machine.pub.pem --registry-threshold 1 --valid-for 400d --out root.json
healthpass authority sign root.json --key person.pem --out root.cbor
healthpass registry new root.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 3d --out registry.json
healthpass registry request --key wjw-1.pem --issuer CN-33-01.WJW --authority CN-33 --use credential "${SPAN[@]}" \
  --colors green,yellow,red --max-lifetime 48h --max-bearer-lifetime 24h --out wjw-1.cbor
healthpass registry request --key status-1.pem --issuer CN-33-01.WJW --authority CN-33 --use status "${SPAN[@]}" \
  --out status-1.cbor
list wjw-1 --name-zh 杭州市卫生健康委员会 --name-en "Hangzhou Health Commission" --appeal tel:+86-571-12320
list status-1 --status-base "$BASE"
healthpass status init ledger --issuer CN-33-01.WJW
echo '{"color": "green", "holder": "张*丰"}' > claims.json
PAPER=$(healthpass authority show root.cbor --thumbprint) # in the gazette
registry --root root.cbor
lists

clock "2026-11-02 07:00:00" "Monday: five gates pin the authority, by the thumbprint on the paper"
for gate in north south east west ward; do
  task "a gate pins"
  healthpass trust pin "$gate" root.cbor --thumbprint "$PAPER"
  task "a gate's timer"
  update "$gate"
done
issue monday
task "all gates judge"
for gate in north south east west ward; do see "$gate" monday; done

clock "2026-11-03 07:00:00" "Tuesday: the timers run; south's does not, and west has no network from now on"
registry
lists
for gate in north east ward; do
  task "a gate's timer"
  update "$gate"
done

clock "2026-11-04 13:00:00" "Wednesday: the registry that south holds has expired"
lists
task "a gate's timer"
update north
issue wednesday
task "an expired registry"
refused 3 see south wednesday
refused 2 healthpass health --store south --published web/bundle.cbor
update south
see south wednesday

clock "2026-11-05 07:00:00" "Thursday: the disk of ward is lost"
lists
rm -r ward
issue thursday
task "a lost store"
refused 3 see ward thursday
refused 2 healthpass health --store ward
healthpass trust pin ward root.cbor --thumbprint "$PAPER"
update ward
see ward thursday
task "a gate's timer"
update north

clock "2020-01-01 00:00:00" "the battery of east's clock is empty: it believes that it is the year 2020"
task "a wrong clock"
refused 3 see east thursday
refused 2 healthpass health --store east
clock "2026-11-05 08:00:00" "its clock is set"
update east
see east thursday

clock "2026-11-06 06:00:00" "Friday: west had no network for four days, and somebody brings a stick"
registry
lists
task "a gate's timer"
update north
issue friday
task "offline for days"
refused 3 see west friday
refused 2 healthpass health --store west
healthpass bundle north --out stick.cbor
healthpass trust update west stick.cbor
see west friday

clock "2026-11-08 05:00:00" "Sunday: all timers have run, and all gates judge alike"
registry
lists
for gate in north south east west ward; do
  task "a gate's timer"
  update "$gate"
done
issue sunday
task "all gates judge"
for gate in north south east west ward; do see "$gate" sunday; done
task "one look at all gates"
healthpass health --store north --store south --store east --store west --store ward
count
