#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of containers out of the state that podman really keeps, by recording them. It makes an image of a static busybox
# (nothing is fetched) and containers in root's storage, and removes them. Run when RECOUNT_CONTAINERS is set, as root.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/../cli/record-lib.sh"
[ -n "${RECOUNT_CONTAINERS:-}" ] || { echo "RECOUNT_CONTAINERS is not set"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "only root has a storage that namers look into"; exit 77; }
for program in podman busybox; do
	command -v $program >/dev/null || { echo "no $program"; exit 77; }
done
need_tracing

name=recount-test-$$ image=localhost/recount-test-$$:1
trap '{ podman rm -f -t 0 $name $name-rm $name-folder; podman rmi -f $image; } >/dev/null 2>&1; rm -rf "$folder"' EXIT
mkdir -p "$folder/root/bin" "$folder/root/proc" "$folder/root/tmp"
cp "$(command -v busybox)" "$folder/root/bin/busybox"
printf 'FROM scratch\nADD root /\n' >"$folder/Containerfile"
podman build -q -f "$folder/Containerfile" -t "$image" "$folder" >"$folder/said" 2>&1 || { echo "no image: $(cat "$folder/said")"; exit 77; }

# run OPTION...: with no higher limits than this has, which a host may forbid.
run() {
	podman run -d --runtime "$runtime" --network none --ulimit nofile="$(ulimit -n):$(ulimit -n)" --ulimit nproc=1000:1000 "$@" \
		/bin/busybox sleep 100 2>"$folder/said"
}
# crun runs no container where versions 1 and 2 of control groups are mixed.
for runtime in crun runc; do
	run --name "$name" "$image" >/dev/null && break
	podman rm -f "$name" >/dev/null 2>&1
	[ $runtime = crun ] || { echo "no container runs: $(cat "$folder/said")"; exit 77; }
done
run --name "$name-rm" --rm "$image" >/dev/null || complain "--rm: $(cat "$folder/said")"
run --name "$name-folder" --rootfs "$folder/root" >/dev/null || complain "--rootfs: $(cat "$folder/said")"

# The path of the container's memory, below any mount of control groups.
path_of() {
	sed -n 's/^[0-9]*:\(memory\|\):\(.*\)/\2/p' "/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/cgroup" | head -1
}

for container in "$name" "$name-rm" "$name-folder"; do
	path=$(path_of "$container")
	"$recount" record -q -g "$path" --duration 200ms -o "$folder/a.dat" 2>"$folder/said" || complain "$path: $(cat "$folder/said")"
	"$recount" info "$folder/a.dat" >"$folder/stdout" 2>/dev/null
	grep -Fq "name $path " "$folder/stdout" && grep -Eq "^name .* $container\$" "$folder/stdout" ||
		complain "$path is not called $container: $(grep -E '^(name|image) ' "$folder/stdout")"
	[ "$container" = "$name-folder" ] || grep -Eq "^image .* $image\$" "$folder/stdout" || complain "$container is not of $image"
done

finish
