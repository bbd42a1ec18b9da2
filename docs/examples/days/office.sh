#!/usr/bin/env bash
# A day of an office that issues codes: Hangzhou's, CN-33-01.WJW.
#
# It starts at six, issues, withdraws one code and a batch, corrects one, publishes lists, answers an appeal, and at night
# forgets and makes a copy. At night its clock jumps; the next morning the disk dies, and the copy is put back.
# Run it in an empty folder: `bash .../docs/examples/days/office.sh`. At the end it says how many commands each task took.
# shellcheck source=stage.sh
. "$(dirname "$0")/stage.sh"

BASE=https://status.hz.example/wjw
SPAN=(--from 2026-11-02T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
mkdir web # what stands here is on the web, at two addresses: bundle.cbor and lists.cbor

# list KEY ...: the authority lists a key of the office. What stands for the telephone is the office's own public key.
list() {
  healthpass registry import registry.json "$1.cbor" \
    --thumbprint "$(healthpass registry show "$1.pub.pem" --thumbprint)" "${@:2}"
}

# issue NAME BY WHY: issue a code into NAME.txt, and note its reference, by which the office's records know it. The office
# asks its own store whether a gate would take the code.
issue() {
  healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h --ledger ledger --trust office-store \
    --by "$2" --why "$3" --reference "$1.ref" claims.json > "$1.txt"
}

# What the timer does every few minutes.
publish() {
  task "the timer: publish the lists"
  healthpass status publish ledger --key status-1.pem --base "$BASE" --valid-for 24h --out web/wjw \
    --bundle web/lists.cbor --trust office-store
  task "a gate's update"
  healthpass trust update gate web/lists.cbor
}

clock "2026-11-02 09:00:00" "the authority, the office's two keys, its ledger, and a gate"
task "prepare once"
for key in person machine wjw-1 status-1; do healthpass keygen --out "$key.pem" --public "$key.pub.pem"; done
healthpass authority new CN-33 --root-key person.pub.pem --root-threshold 1 \
  --registry-key machine.pub.pem --registry-threshold 1 --valid-for 400d --out root.json
healthpass authority sign root.json --key person.pem --out root.cbor
healthpass registry new root.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 28d --out registry.json
healthpass registry request --key wjw-1.pem --issuer CN-33-01.WJW --authority CN-33 --use credential "${SPAN[@]}" \
  --colors green,yellow,red --max-lifetime 48h --max-bearer-lifetime 24h --out wjw-1.cbor
healthpass registry request --key status-1.pem --issuer CN-33-01.WJW --authority CN-33 --use status "${SPAN[@]}" \
  --out status-1.cbor
list wjw-1 --name-zh 杭州市卫生健康委员会 --name-en "Hangzhou Health Commission" --appeal tel:+86-571-12320
list status-1 --status-base "$BASE"
healthpass registry publish registry.json --published web --root root.cbor --key machine.pem
for store in office-store gate; do
  healthpass trust pin "$store" root.cbor --thumbprint "$(healthpass authority show root.cbor --thumbprint)"
  healthpass trust update "$store" web/bundle.cbor
done
healthpass status init ledger --issuer CN-33-01.WJW
echo '{"color": "green", "holder": "张*丰"}' > claims.json
publish

clock "2026-11-03 06:00:00" "the day begins; the timer has run at night too"
publish
task "start of the day"
healthpass trust update office-store web/bundle.cbor web/lists.cbor
healthpass health --store office-store --ledger ledger

clock "2026-11-03 08:00:00" "codes at the counter, and a batch of a morning program"
for n in 1 2 3; do
  task "issue a code"
  issue "counter-$n" "officer 17" "health declaration"
done
task "issue a code for a phone"
healthpass enrol --issuer CN-33-01.WJW --out challenge.txt > shown.txt # as a QR code, which the phone scans
healthpass keygen --out phone.pem --public phone.pub.pem > phone.log   # on the phone, and so is the next one
healthpass prove --key phone.pem --issuer CN-33-01.WJW - < shown.txt > proof.txt
healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h --ledger ledger --trust office-store \
  --by "officer 17" --why "health declaration" --holder-proof "$(cat proof.txt)" --challenge challenge.txt \
  claims.json > phone.txt
task "a program issues 5 codes"
for n in 1 2 3 4 5; do issue "batch-$n" "morning program" "negative test"; done
publish
task "at the gate"
cat counter-1.txt batch-1.txt | healthpass verify --trust gate -

clock "2026-11-03 10:00:00" "a test of one person is positive"
task "withdraw a code"
healthpass status revoke ledger "$(cat counter-1.ref)" --by "officer 17" --why "the test came back positive"

clock "2026-11-03 10:30:00" "the samples of the morning program were mixed up"
task "withdraw a batch"
MIXED_UP=(--set-by "morning program" --since 2026-11-03T00:00:00+08:00 --until 2026-11-03T10:00:00+08:00)
healthpass status revoke ledger "${MIXED_UP[@]}" --by "officer 4" --why "samples mixed up" --dry-run
healthpass status revoke ledger "${MIXED_UP[@]}" --by "officer 4" --why "samples mixed up"
publish
task "at the gate"
refused 1 healthpass verify --trust gate - < counter-1.txt
refused 1 healthpass verify --trust gate - < batch-3.txt
healthpass verify --trust gate - < counter-2.txt

clock "2026-11-03 11:00:00" "one of them was withdrawn by mistake"
task "correct a code"
issue instead "officer 4" "tested again: negative"
healthpass status correct ledger "$(cat batch-3.ref)" --new "$(cat instead.ref)" --by "officer 4" --why "appeal 117"
publish
task "at the gate"
healthpass verify --trust gate - < instead.txt

clock "2026-11-03 15:00:00" "somebody asks why a code does not count"
task "an appeal"
healthpass status history ledger "$(cat batch-3.ref)"

clock "2026-11-03 23:00:00" "the night: forget, and make a copy"
task "every night"
healthpass status forget ledger
healthpass status check ledger
healthpass status backup ledger --out copy.db
publish

clock "2026-11-13 02:00:00" "the clock of the computer jumps nine days ahead: nothing is published, and nothing forgotten"
task "a clock that is ahead"
refused 3 healthpass status publish ledger --key status-1.pem --base "$BASE" --valid-for 24h --out web/wjw
refused 3 healthpass status forget ledger

clock "2026-11-04 06:00:00" "the clock is right again; and in the morning the disk dies"
task "issue a code"
issue after-the-copy "officer 17" "health declaration"
task "withdraw a code"
healthpass status revoke ledger "$(cat counter-2.ref)" --by "officer 17" --why "the test came back positive"
publish
mkdir broken-disk
mv ledger broken-disk/

clock "2026-11-04 06:10:00" "the copy is put back: the published lists tell what came after it, and issuing goes on"
task "the disk died"
healthpass status restore copy.db ledger --by "engineer 4" --why "the disk died" \
  --published web/wjw --status-key status-1.pub.pem
healthpass status check ledger
task "issue a code"
issue after-the-disk "officer 17" "health declaration"
publish
task "at the gate"
refused 1 healthpass verify --trust gate - < counter-2.txt
cat counter-3.txt after-the-disk.txt | healthpass verify --trust gate -
count
