#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: takes out of ICU's data what PostgreSQL never asks for, half of it: how people of each language name languages, regions,
# currencies, units and time zones and spell numbers, and transliteration. How texts are sorted and change their case stays as it is.
#
# icu-data.sh FOLDER: writes the library there, under its own name. Needs icupkg (icu-devtools) and binutils.
set -euo pipefail

folder=${1:?the folder to write to}
library=$(readlink -f /usr/lib/*/libicudata.so.[0-9][0-9])
[[ ${library##*/} =~ ^libicudata\.so\.([0-9]+)\.[0-9]+$ ]] || { echo "no library of ICU's data: $library" >&2; exit 1; }
version=${BASH_REMATCH[1]}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/whole" "$work/less" "$folder"

# icupkg names what is inside by the file, and takes a list for a list by its ending.
data=icudt${version}l.dat
objcopy -O binary --only-section=.rodata "$library" "$work/whole/$data"
icupkg -l "$work/whole/$data" | grep -E '^(curr|lang|rbnf|region|translit|unit|zone)/' >"$work/needless.txt"
icupkg -r "$work/needless.txt" "$work/whole/$data" "$work/less/$data"
(($(stat -c %s "$work/less/$data") * 3 < $(stat -c %s "$work/whole/$data") * 2)) || { echo "ICU's data is as large as before" >&2; exit 1; }

{
    printf '.section .rodata\n.balign 16\n.globl icudt%s_dat\n.type icudt%s_dat, %%object\nicudt%s_dat:\n' "$version" "$version" "$version"
    printf '.incbin "%s"\n.size icudt%s_dat, . - icudt%s_dat\n.section .note.GNU-stack,"",%%progbits\n' "$work/less/$data" "$version" "$version"
} | as -o "$work/data.o" -
ld -shared -s -soname "libicudata.so.$version" -o "$folder/${library##*/}" "$work/data.o"
