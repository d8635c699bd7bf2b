#!/bin/sh
# From an account without a store mini-program to a chain that has moved and is kept up to date, against the simulated platform:
#
#     sh docs/from-nothing-to-done.sh [FOLDER]
#
# Every step is the command that the real platform takes, too; there, leave out the sandbox, and set appid and secret_file in
# poilift.toml. It needs poilift on the PATH (or in POILIFT) and jq, and works in a new folder.
set -eu

poilift=${POILIFT:-poilift}
samples=$(cd "$(dirname "$0")/../samples" && pwd)
work=${1:-from-nothing-to-done}
mkdir "$work"
cd "$work"

# An account that has not applied yet, whose administrator confirms at once and whose reviews take half a second.
printf 'merchant_status = 0\nreview_fail_share = 0\n[account]\nadministrator_takes_s = 1\n' >account.toml
"$poilift" sandbox --scenario account.toml --load "$samples/getpoilist.json" --review-time 500ms >sandbox.txt &
sandbox=$!
trap 'kill "$sandbox"' EXIT
until grep -q '^listening ' sandbox.txt; do sleep 0.1; done
POILIFT_API_BASE=$(sed -n 's/^listening //p' sandbox.txt)
export POILIFT_API_BASE POILIFT_APPID=wx0123456789abcdef POILIFT_SECRET=any POILIFT_SETTLE_WINDOW=1s

step() { printf '\n==== %s\n' "$1"; }

step 'a category that needs no papers, and a head image'
category=$("$poilift" merchant categories --format json | jq '[.categories[] | select(.sensitive_type == 0)][0].second_catid')
# The smallest PNG there is.
printf 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' |
    base64 -d >head.png
image=$("$poilift" media upload --temporary head.png --format json | jq -r '.files[0].media_id')

step 'the application, and its audit'
"$poilift" merchant apply --category "$category" --name 试茶坊 --intro '茶饮连锁' --head-image "$image" --yes
"$poilift" merchant audit --wait 30s

step 'the old list, the plan, the migration'
"$poilift" pull -o list.jsonl
"$poilift" plan list.jsonl --supplement "$samples/supplement.csv"
# Stores of the sample lack data, and need a person: exit 3.
"$poilift" migrate list.jsonl --supplement "$samples/supplement.csv" --rate 100/s --wait 60s --yes || [ $? -eq 3 ]

step 'a card for every store that has moved'
"$poilift" store list --format json >stores.json
jq -r '"poi_id,card_id", (.stores[] | "\(.poi_id),pMemberCard")' stores.json >cards.csv
"$poilift" card set --from cards.csv --rate 100/s --yes

step 'new hours for fifty of them, their pictures untouched'
jq -r '"poi_id,hour", (.stores[:50][] | "\(.poi_id),10:00-21:00")' stores.json >hours.csv
"$poilift" store update --from hours.csv --rate 100/s --yes

step 'two of them are closed'
jq -r '.stores[-2:][].poi_id' stores.json | xargs "$poilift" store delete --yes
"$poilift" store list --format json >after.json

# What was promised: fifty new hours, no other picture, two stores fewer, a card in each.
jq -en --slurpfile before stores.json --slurpfile after after.json '
    ($before[0].stores) as $before | ($after[0].stores) as $after
    | ($after | length) == ($before | length) - 2
    and ([$after[] | select(.open_time == "10:00-21:00")] | length) >= 50
    and all($after[:50][]; .open_time == "10:00-21:00")
    and [$after[].photos] == [$before[:-2][].photos]' >/dev/null
first=$(jq -r '.stores[0].poi_id' after.json)
"$poilift" card get "$first" --format json | jq -e '.cards[0].card_id == "pMemberCard"' >/dev/null
step "done: $(jq '.stores | length' after.json) stores"
