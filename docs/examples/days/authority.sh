#!/usr/bin/env bash
# A fortnight of an authority: Zhejiang, CN-33, which recognises Shanghai, CN-31, and Jiangsu, CN-32.
#
# Every morning it fetches what its neighbours publish, and once a week it publishes a registry. Meanwhile a neighbour's
# address answers with a page, an office gets a new key, a person of the root leaves, and the registry key is stolen.
# Run it in an empty folder: `bash .../docs/examples/days/authority.sh`. At the end it says how many commands each task took.
# shellcheck source=stage.sh
. "$(dirname "$0")/stage.sh"

GREEN=(--colors green --max-lifetime 24h --max-bearer-lifetime 24h --max-lifetime-without-status 24h)
ALL=(--colors green,yellow,red --max-lifetime 48h --max-bearer-lifetime 24h --max-lifetime-without-status 24h)
SPAN=(--use credential --from 2026-11-02T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
mkdir web # what stands here is on the web: https://wjw.zj.example/
BUNDLED=(root-1.cbor)

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
  healthpass bundle "$en-root.cbor" "$en-1.cbor" --out "web/$en.cbor"
}

# Fetch what the neighbours publish; `curl` does it in the world. A file that is no bundle is not taken.
fetch() {
  local name
  mkdir -p neighbours
  for name in Shanghai Jiangsu; do
    cp "web/$name.cbor" "new-$name.cbor"
    if healthpass bundle "new-$name.cbor" > /dev/null; then
      mv "new-$name.cbor" "neighbours/$name.cbor"
    else
      echo "what $name publishes is not taken: telephone them" >&3
    fi
  done
}

# Put everything that a gate needs into one file, try it like a gate, and publish it.
put_on_the_web() {
  rm -f bundle.cbor
  healthpass bundle "${BUNDLED[@]}" "registry-$VERSION.cbor" neighbours --out bundle.cbor
  healthpass trust update own-gate bundle.cbor
  mv bundle.cbor web/bundle.cbor
}

# publish ROOT KEY: check the source, sign it, and publish the registry.
publish() {
  local last=registry-$VERSION.cbor
  VERSION=$((VERSION + 1))
  healthpass registry check registry.json --root "$1" --previous "$last"
  healthpass registry sign registry.json --key "$2" --root "$1" --previous "$last" --out "registry-$VERSION.cbor"
  put_on_the_web
}

morning() {
  task "every morning: fetch, bundle, try, publish"
  fetch
  put_on_the_web
  task "a gate's update"
  healthpass trust update gate web/bundle.cbor
}

clock "2026-11-02 08:00:00" "the neighbours have had their ceremonies"
task "the neighbours"
neighbour CN-31 上海市 Shanghai
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
healthpass trust pin own-gate root-1.cbor --thumbprint "$PAPER"

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
healthpass registry check registry.json --root root-1.cbor
healthpass registry sign registry.json --key registry-key-1.pem --root root-1.cbor --out registry-1.cbor
VERSION=1
fetch
put_on_the_web
task "a gate pins"
healthpass trust pin gate root-1.cbor --thumbprint "$PAPER"
healthpass trust update gate web/bundle.cbor

clock "2026-11-03 08:00:00" "a morning like any other"
morning

clock "2026-11-04 08:00:00" "Jiangsu's server is down: its address answers with a page"
cp web/Jiangsu.cbor Jiangsu-of-yesterday.cbor
echo '<html><body>502 Bad Gateway</body></html>' > web/Jiangsu.cbor
morning # with what Jiangsu published yesterday
cp Jiangsu-of-yesterday.cbor web/Jiangsu.cbor

clock "2026-11-05 08:00:00" "a key was stolen in Shanghai, which revokes it; Zhejiang's gates hear of it through Zhejiang"
task "codes of three provinces"
echo '{"color": "green", "holder": "张*丰"}' > claims.json
healthpass issue --key Shanghai-office.pem --issuer CN-31.WJW --valid-for 24h claims.json > shanghai.txt
healthpass issue --key Jiangsu-office.pem --issuer CN-32.WJW --valid-for 24h claims.json > jiangsu.txt
healthpass issue --key wjw-1.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
cat shanghai.txt jiangsu.txt zhejiang.txt | healthpass verify --trust gate -
task "the neighbours"
healthpass registry revoke Shanghai.json Shanghai-office.pub.pem --reason compromise --previous Shanghai-1.cbor
healthpass registry sign Shanghai.json --key Shanghai-registry.pem --root Shanghai-root.cbor --previous Shanghai-1.cbor \
  --out Shanghai-2.cbor
rm web/Shanghai.cbor
healthpass bundle Shanghai-root.cbor Shanghai-2.cbor --out web/Shanghai.cbor
morning
task "codes of three provinces"
refused 1 healthpass verify --trust gate - < shanghai.txt
healthpass verify --trust gate - < jiangsu.txt

clock "2026-11-06 10:00:00" "the office in Hangzhou asks for a third key, and its first one ends when that starts"
task "an office's new key"
healthpass keygen --out wjw-3.pem --public wjw-3.pub.pem
SPAN=(--use credential --from 2026-12-01T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
ask wjw-3 CN-33-01.WJW CN-33
list registry.json wjw-3 --previous "registry-$VERSION.cbor"
healthpass registry retire registry.json wjw-1.pub.pem --from 2026-12-01T00:00:00+08:00
publish root-1.cbor registry-key-1.pem

clock "2026-11-09 10:00:00" "Monday: the weekly registry"
task "the weekly registry"
healthpass registry next registry.json --previous "registry-$VERSION.cbor"
publish root-1.cbor registry-key-1.pem
task "a gate's update"
healthpass trust update gate web/bundle.cbor

clock "2026-11-10 14:00:00" "Zhou moves to another post, and Wu takes over: a small ceremony"
task "a person of the root changes"
healthpass keygen --out wu.pem --public wu.pub.pem
healthpass authority next root.json --previous root-1.cbor --valid-for 400d --add-root-key wu.pub.pem --drop-root-key zhou.pub.pem
healthpass authority check root.json --previous root-1.cbor
for who in chen lin; do healthpass authority sign root.json --key "$who.pem" --previous root-1.cbor --out root-2.cbor; done
healthpass authority check root-2.cbor --previous root-1.cbor
BUNDLED+=(root-2.cbor)
put_on_the_web

clock "2026-11-12 03:00:00" "a thief has the registry key, and publishes a registry that lists a key of his own"
task "the thief"
cp registry.json thief.json
healthpass keygen --out thief.pem --public thief.pub.pem
SPAN=(--use credential --from 2026-11-02T00:00:00+08:00 --until 2028-01-01T00:00:00+08:00)
ask thief CN-33-01.WJW CN-33
list thief.json thief --previous "registry-$VERSION.cbor"
healthpass registry sign thief.json --key registry-key-1.pem --root root-2.cbor --previous "registry-$VERSION.cbor" --out thief-registry.cbor
healthpass bundle "${BUNDLED[@]}" thief-registry.cbor --out thief-bundle.cbor
healthpass trust update gate thief-bundle.cbor
healthpass issue --key thief.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > forged.txt
healthpass verify --trust gate - < forged.txt

clock "2026-11-12 09:00:00" "the people of the root meet: a new epoch, without the stolen key"
task "the registry key was stolen"
healthpass keygen --out registry-key-2.pem --public registry-key-2.pub.pem
healthpass authority next root.json --previous root-2.cbor --valid-for 400d --new-epoch \
  --add-registry-key registry-key-2.pub.pem --drop-registry-key registry-key-1.pub.pem
for who in chen wu; do healthpass authority sign root.json --key "$who.pem" --previous root-2.cbor --out root-3.cbor; done
healthpass authority check root-3.cbor --previous root-1.cbor --previous root-2.cbor
healthpass registry next registry.json --previous "registry-$VERSION.cbor" --root root-3.cbor
BUNDLED+=(root-3.cbor)
publish root-3.cbor registry-key-2.pem
task "a gate's update"
healthpass trust update gate web/bundle.cbor
task "codes of three provinces"
refused 1 healthpass verify --trust gate - < forged.txt
healthpass issue --key wjw-2.pem --issuer CN-33-01.WJW --valid-for 24h claims.json > zhejiang.txt
healthpass verify --trust gate - < zhejiang.txt

clock "2026-11-15 08:00:00" "the fortnight ends with a morning like any other"
morning
task "look at a gate"
healthpass trust show gate
count
