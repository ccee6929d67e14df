#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: makes the file system of an image: programs, what they load, and a note of each package that it came from.
#
# file-system.sh [--postgres VERSION] PROGRAMS FILES: PROGRAMS is laid over what is copied to FILES.
set -euo pipefail

postgres=
if [[ ${1:-} == --postgres ]]; then
    postgres=$2
    shift 2
fi
programs=${1:?the folder with the programs} files=${2:?the folder to make}

declare -A taken=()

# take_libraries PATH...: what programs load.
take_libraries() {
    local libraries all
    # Of what loads none, ldd says so and fails.
    all=$(ldd "$@" 2>/dev/null) || true
    if grep 'not found' <<<"$all" >&2; then
        echo "file-system.sh: libraries of $* are missing" >&2
        exit 1
    fi
    mapfile -t libraries < <(grep -oE '/[^ :]+ \(' <<<"$all" | sed 's/ ($//' | sort -u)
    take "${libraries[@]}"
}

# take PATH...: copies a file to its place, where links lead as well, and each library that it loads.
take() {
    local path target
    for path in "$@"; do
        [[ -z ${taken[$path]:-} && -e $path ]] || continue
        taken[$path]=1
        mkdir -p "$files$(dirname "$path")"
        cp -a "$path" "$files$path"
        if [[ -L $path ]]; then
            target=$(readlink "$path")
            [[ $target == /* ]] || target=$(dirname "$path")/$target
            take "$(realpath -s "$target")"
        elif [[ -f $path && -r $path ]] && head -c 4 "$path" | grep -q ELF; then
            take_libraries "$path"
        fi
    done
}

# The layout of Debian: /bin, /lib and so on are links into /usr.
mkdir -p "$files"/{etc,tmp,usr/bin,usr/lib,usr/local/bin,var/lib/dpkg/status.d}
for link in /bin /lib /lib64 /sbin; do
    [[ ! -L $link ]] || { cp -a "$link" "$files$link" && mkdir -p "$files/$(readlink "$link")"; }
done
chmod 1777 "$files/tmp"
# What belongs to the image's user is copied by itself.
volumes=$files/../volumes
mkdir -p "$volumes"

# The programs' own libraries, and what is loaded by name: the allocator, and names of hosts and users.
take_libraries "$programs"/usr/local/bin/*
mapfile -t loaded < <(find /usr/lib -name libjemalloc.so.2 -o -name libnss_files.so.2 -o -name libnss_dns.so.2)
take "${loaded[@]}"

take /etc/ssl/certs/ca-certificates.crt
mkdir -p "$files/usr/share"
cp -a /usr/share/zoneinfo "$files/usr/share/"
rm -rf "$files"/usr/share/zoneinfo/{posix,right}
printf 'hosts: files dns\n' >"$files/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nmartlet:x:65532:65532:martlet:/tmp:/sbin/nologin\n' >"$files/etc/passwd"
printf 'root:x:0:\nmartlet:x:65532:\n' >"$files/etc/group"
cp /etc/debian_version "$files/etc/"
take /etc/os-release

if [[ -n $postgres ]]; then
    mkdir -p "$volumes"/{restored,var/tmp/drills}
    # The server and its tools without what no drill needs: just-in-time compilation and other languages.
    bin=/usr/lib/postgresql/$postgres/bin lib=/usr/lib/postgresql/$postgres/lib
    for program in initdb postgres pg_amcheck pg_basebackup pg_checksums pg_controldata pg_ctl pg_dump pg_dumpall pg_isready pg_restore \
        pg_verifybackup pg_waldump psql; do
        take "$bin/$program"
    done
    mapfile -t loaded < <(find "$lib" -maxdepth 1 -name '*.so' ! -name 'llvmjit*' ! -name 'plperl*' ! -name 'plpython*' ! -name 'pltcl*')
    take "${loaded[@]}"
    mkdir -p "$files/usr/share/postgresql"
    cp -a /usr/lib/locale "$files/usr/lib/"
    cp -a "/usr/share/postgresql/$postgres" "$files/usr/share/postgresql/"
    rm -rf "$files/usr/share/postgresql/$postgres"/{man,locale}
    # PostgreSQL runs its restore_command, and the backups' hooks are run, by a shell; hooks and commands use the rest.
    for program in sh cat cp env false flock mkdir mv rm setpriv sleep sync test touch true unshare; do take "/bin/$program" "/usr/bin/$program"; done
fi

cp -a "$programs/." "$files/"

# What scanners and lists of contents go by: which packages the files are from.
for path in "${!taken[@]}"; do
    dpkg -S "$path" "/usr$path" 2>/dev/null || true
done | sed -E 's/: \/.*//; s/, /\n/g; s/:[a-z0-9]+$//' | sort -u >/tmp/packages
printf '%s\n' ca-certificates tzdata >>/tmp/packages
sort -u /tmp/packages | while read -r package; do
    dpkg-query -s "$package" >"$files/var/lib/dpkg/status.d/$package" 2>/dev/null || rm -f "$files/var/lib/dpkg/status.d/$package"
done
rm -f /tmp/packages
