#!/usr/bin/env bash
# A fortnight of an authority: Zhejiang, CN-33, which recognises Shanghai, CN-31, and Jiangsu, CN-32.
#
# Every morning it fetches what its neighbours publish, and publishes a registry. Meanwhile a neighbour's address answers
# with a page, an office gets a new key, its old one is stolen, a person of the root leaves, the registry key is stolen, a
# recognition ends, and at last two keys of the root are stolen.
# Run it in an empty folder: `bash .../docs/examples/days/authority.sh`. At the end it says how many commands each task took.
# shellcheck source=stage.sh
. "$(dirname "$0")/stage.sh"

GREEN=(--colors green --max-lifetime 24h --max-bearer-lifetime 24h --max-lifetime-without-status 24h)
ALL=(--colors green,yellow,red --max-lifetime 48h --max-bearer-lifetime 24h --max-lifetime-without-status 24h)
SPAN=(--use credential --from 2026-11-02T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
mkdir neighbours # `web` is what the web server shows, https://wjw.zj.example/, and the first `publish` makes it

# ask KEY ISSUER AUTHORITY: an office asks for its key to be listed.
ask() {
  healthpass registry request --key "$1.pem" --issuer "$2" --authority "$3" "${SPAN[@]}" "${ALL[@]}" --out "$1.cbor"
}

# list SOURCE KEY ...: list it. What stands for the telephone here is the office's own public key.
list() {
  healthpass registry import "$1" "$2.cbor" --thumbprint "$(healthpass registry show "$2.pub.pem" --thumbprint)" "${@:3}"
}

# A neighbour has its own ceremony, and publishes one file.
neighbour() {
  local region=$1 zh=$2 en=$3 key
  for key in root registry office; do healthpass keygen --out "$en-$key.pem" --public "$en-$key.pub.pem"; done
  healthpass authority new "$region" --root-key "$en-root.pub.pem" --root-threshold 1 \
    --registry-key "$en-registry.pub.pem" --registry-threshold 1 --valid-for 400d --out "$en-root.json"
  healthpass authority sign "$en-root.json" --key "$en-root.pem" --out "$en-root.cbor"
  healthpass registry new "$en-root.cbor" --name-zh "$zh" --name-en "$en" --valid-for 28d --out "$en.json"
  ask "$en-office" "$region.WJW" "$region"
  list "$en.json" "$en-office" --name-zh "${zh}卫生健康委员会" --name-en "$en Health Commission" --appeal tel:12320
  healthpass registry sign "$en.json" --key "$en-registry.pem" --root "$en-root.cbor" --out "$en-1.cbor"
  healthpass bundle "$en-root.cbor" "$en-1.cbor" --out "$en.cbor"
}

# publish ...: fetch what the neighbours publish (with `curl`, in the world), and publish the next registry with it.
publish() {
  cp Shanghai.cbor Jiangsu.cbor neighbours/
  healthpass registry publish registry.json --published web --with neighbours "$@"
}

# What a gate's timer does.
update() {
  task "a gate's update"
  healthpass trust update gate web/bundle.cbor
}

clock "2026-11-02 08:00:00" "the neighbours have had their ceremonies"
task "the neighbours"
neighbour CN-31 上海市 Shanghai
task "the neighbours"
neighbour CN-32 江苏省 Jiangsu

clock "2026-11-02 09:00:00" "the first ceremony: three people, of whom two must sign"
task "the ceremony"
for who in chen lin zhou registry-key-1; do healthpass keygen --out "$who.pem" --public "$who.pub.pem"; done
healthpass authority new CN-33 --root-key chen.pub.pem --root-key lin.pub.pem --root-key zhou.pub.pem --root-threshold 2 \
  --registry-key registry-key-1.pub.pem --registry-threshold 1 --valid-for 400d --out root.json
healthpass authority check root.json
for who in chen lin; do healthpass authority sign root.json --key "$who.pem" --out root-1.cbor; done
healthpass authority check root-1.cbor
PAPER=$(healthpass authority show root-1.cbor --thumbprint) # on the minutes, and in the gazette

clock "2026-11-02 10:00:00" "the offices, the neighbours, and the first registry"
task "an office with two keys"
for key in wjw-1 wjw-2; do
  healthpass keygen --out "$key.pem" --public "$key.pub.pem"
  ask "$key" CN-33-01.WJW CN-33
done
healthpass registry new root-1.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 28d --out registry.json
list registry.json wjw-1 --name-zh 杭州市卫生健康委员会 --name-en "Hangzhou Health Commission" --appeal tel:+86-571-12320
list registry.json wjw-2
task "recognise two neighbours"
for one in 上海市:Shanghai 江苏省:Jiangsu; do
  IFS=: read -r zh en <<< "$one"
  healthpass registry recognise registry.json "$en-root.cbor" \
    --thumbprint "$(healthpass authority show "$en-root.cbor" --thumbprint)" --name-zh "$zh" --name-en "$en" \
    --from 2026-11-02T00:00:00+08:00 --until 2027-05-01T00:00:00+08:00 "${GREEN[@]}"
done
task "the first registry"
publish --root root-1.cbor --key registry-key-1.pem
task "a gate pins"
healthpass trust pin gate root-1.cbor --thumbprint "$PAPER"
update

clock "2026-11-03 08:00:00" "a morning like any other"
task "every morning"
publish --key registry-key-1.pem
update

clock "2026-11-04 08:00:00" "Jiangsu's server is down: its address answers with a page"
mv Jiangsu.cbor Jiangsu-of-yesterday.cbor
echo '<html><body>502 Bad Gateway</body></html>' > Jiangsu.cbor
task "every morning"
refused 1 publish --key registry-key-1.pem # it is published, with what Jiangsu had published before
update
mv Jiangsu-of-yesterday.cbor Jiangsu.cbor

clock "2026-11-05 08:00:00" "a key was stolen in Shanghai, which revokes it; Zhejiang's gates hear of it through Zhejiang"
task "codes of three provinces"
echo '{"color": "green", "holder": "张*丰"}' > claims.json
healthpass issue --key Shanghai-office.pem --issuer CN-31.WJW --valid-for 24h claims.json > shanghai.txt
healthpass issue --key Jiangsu-office.pem --issuer CN-32.WJW --valid-for 24h claims.json > jiangsu.txt
healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
cat shanghai.txt jiangsu.txt zhejiang.txt | healthpass verify --trust gate -
task "a neighbour revokes a key"
healthpass registry revoke Shanghai.json Shanghai-office.pub.pem --reason compromise --previous Shanghai-1.cbor
healthpass registry sign Shanghai.json --key Shanghai-registry.pem --root Shanghai-root.cbor --previous Shanghai-1.cbor \
  --out Shanghai-2.cbor
rm Shanghai.cbor
healthpass bundle Shanghai-root.cbor Shanghai-2.cbor --out Shanghai.cbor
task "every morning"
publish --key registry-key-1.pem
update
task "codes of three provinces"
refused 1 healthpass verify --trust gate - < shanghai.txt
healthpass verify --trust gate - < jiangsu.txt

clock "2026-11-06 10:00:00" "the office in Hangzhou asks for a third key, and its first one ends when that starts"
task "an office's new key"
healthpass keygen --out wjw-3.pem --public wjw-3.pub.pem
SPAN=(--use credential --from 2026-12-05T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
ask wjw-3 CN-33-01.WJW CN-33
list registry.json wjw-3
healthpass registry retire registry.json wjw-1.pub.pem --from 2026-12-05T00:00:00+08:00
publish --key registry-key-1.pem

clock "2026-11-09 02:30:00" "somebody issues codes with the first key of the office"
task "an office's key was stolen"
healthpass registry revoke registry.json wjw-1.pub.pem --reason compromise
publish --key registry-key-1.pem
update
task "codes of three provinces"
healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > stolen.txt
healthpass issue --key wjw-2.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
refused 1 healthpass verify --trust gate - < stolen.txt
healthpass verify --trust gate - < zhejiang.txt

clock "2026-11-10 14:00:00" "Zhou moves to another post, and Wu takes over: a small ceremony"
task "a person of the root changes"
healthpass keygen --out wu.pem --public wu.pub.pem
healthpass authority next root.json --previous root-1.cbor --valid-for 400d --add-root-key wu.pub.pem --drop-root-key zhou.pub.pem
healthpass authority check root.json --previous root-1.cbor
for who in chen lin; do healthpass authority sign root.json --key "$who.pem" --previous root-1.cbor --out root-2.cbor; done
healthpass authority publish root-2.cbor --published web --with neighbours
update

clock "2026-11-12 03:00:00" "a thief has the registry key, and publishes a registry that lists a key of his own"
task "the thief"
mkdir thief
cp -r web registry.json registry-key-1.pem claims.json thief/
cd thief
healthpass keygen --out thief.pem --public thief.pub.pem
SPAN=(--use credential --from 2026-11-02T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
ask thief CN-33-01.WJW CN-33
list registry.json thief
healthpass registry publish registry.json --published web --key registry-key-1.pem
healthpass issue --key thief.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > forged.txt
cd ..
healthpass trust update gate thief/web/bundle.cbor
healthpass verify --trust gate - < thief/forged.txt

clock "2026-11-12 09:00:00" "the people of the root meet: a new epoch, without the stolen key"
task "the registry key was stolen"
healthpass keygen --out registry-key-2.pem --public registry-key-2.pub.pem
healthpass authority next root.json --previous root-2.cbor --valid-for 400d --new-epoch \
  --add-registry-key registry-key-2.pub.pem --drop-registry-key registry-key-1.pub.pem
for who in chen wu; do healthpass authority sign root.json --key "$who.pem" --previous root-2.cbor --out root-3.cbor; done
healthpass authority check root-3.cbor --previous root-1.cbor --previous root-2.cbor
publish --root root-3.cbor --key registry-key-2.pem
update
task "codes of three provinces"
refused 1 healthpass verify --trust gate - < thief/forged.txt
healthpass issue --key wjw-2.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
healthpass verify --trust gate - < zhejiang.txt

clock "2026-11-13 10:00:00" "Zhejiang recognises Jiangsu no longer"
task "a recognition ends"
healthpass registry unrecognise registry.json CN-32
publish --key registry-key-2.pem
update
task "codes of three provinces"
healthpass issue --key Jiangsu-office.pem --issuer CN-32.WJW --valid-for 24h claims.json > jiangsu.txt
refused 1 healthpass verify --trust gate - < jiangsu.txt

clock "2026-11-14 09:00:00" "two keys of the root are stolen, and two can sign a root: all begins anew, with other keys"
task "too many root keys were stolen"
for who in chen-2 lin-2 wu-2 registry-key-3; do healthpass keygen --out "$who.pem" --public "$who.pub.pem"; done
mv root.json root-of-old.json
healthpass authority new CN-33 --root-key chen-2.pub.pem --root-key lin-2.pub.pem --root-key wu-2.pub.pem \
  --root-threshold 2 --registry-key registry-key-3.pub.pem --registry-threshold 1 --valid-for 400d --out root.json
for who in chen-2 lin-2; do healthpass authority sign root.json --key "$who.pem" --out new-root-1.cbor; done
mv web web-of-old
healthpass registry publish registry.json --published web --with neighbours --key registry-key-3.pem \
  --root new-root-1.cbor --previous web-of-old/registry.cbor
PAPER=$(healthpass authority show root.json --thumbprint) # on new minutes, and in the gazette
task "each gate pins anew"
healthpass trust unpin gate CN-33 --yes
healthpass trust pin gate new-root-1.cbor --thumbprint "$PAPER"
update
task "codes of three provinces"
refused 1 healthpass verify --trust gate - < stolen.txt
healthpass issue --key wjw-2.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
healthpass verify --trust gate - < zhejiang.txt

clock "2026-11-15 08:00:00" "the fortnight ends with a morning like any other"
task "every morning"
publish --key registry-key-3.pem
update
task "look at what is published"
healthpass health --published web/bundle.cbor --store gate
count
