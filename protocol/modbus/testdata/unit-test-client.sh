#!/bin/sh
# Gets libmodbus's source through apt and builds its own unit-test-client:
#
#	unit-test-client.sh DIR    -> DIR/unit-test-client, DIR/unit-test-client-rtu
#
# It is the client of the libmodbus that is installed, and linked with that one. The
# second differs in the name of its serial device, which is tty in the working
# directory. Where the source cannot be had, it says so and leaves with status 3.
set -eu
dir=$1
rm -rf "$dir"
mkdir -p "$dir/apt/lists/partial" "$dir/source"
dir=$(cd "$dir" && pwd)
{
	echo 'deb-src http://deb.debian.org/debian bookworm main'
	echo 'deb-src http://deb.debian.org/debian-security bookworm-security main'
} >"$dir/apt/sources.list"
apt() {
	apt-get -q -o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o "Dir::State::Lists=$dir/apt/lists" -o APT::Sandbox::User="$(id -un)" "$@" >>"$dir/log" 2>&1
}
if ! { apt update && (cd "$dir/source" && apt --download-only source libmodbus); }; then
	echo "the source of libmodbus cannot be had through apt; the end of $dir/log:" >&2
	tail -n 5 "$dir/log" >&2
	exit 3
fi
tar -C "$dir/source" --strip-components=1 -xf "$dir"/source/libmodbus_*.orig.tar.*
# Debian's floats differ from those of the release, and the client looks at them.
tar -C "$dir/source" -xf "$dir"/source/libmodbus_*.debian.tar.*
cd "$dir/source"
for p in $(grep -v '^#' debian/patches/series); do
	patch -s -p1 <"debian/patches/$p"
done
cd tests
sed -e 's/@HAVE_[A-Z]*_H@/1/' unit-test.h.in >unit-test.h
sed -e 's|/dev/ttyUSB1|tty|' unit-test-client.c >unit-test-client-rtu.c
for client in unit-test-client unit-test-client-rtu; do
	# shellcheck disable=SC2046 # one word for each flag
	cc -w -o "$dir/$client" $client.c $(pkg-config --cflags --libs libmodbus)
done
