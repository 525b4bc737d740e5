#!/bin/sh
# enter.sh ROOT NETWORK COMMAND…: runs a command on the machine below ROOT, with processes, mounts and a network of its
# own. What it leaves running ends with it.
set -eu
root=$1
network=$2
shift 2
# shellcheck disable=SC2016 # for the inner shell
exec nsenter "--net=/run/netns/$network" unshare --mount --pid --fork --kill-child --propagation private sh -euc '
	root=$1
	shift
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
	# Not chroot alone: docker exec goes to the root of a mount namespace, which would be this machine'"'"'s.
	cd "$root"
	mkdir -p mnt
	pivot_root . mnt
	exec chroot . /bin/sh -euc "umount -l /mnt; exec \"\$@\"" sh "$@"
' sh "$root" "$@"
