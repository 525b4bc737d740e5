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
	mount --bind "$root" "$root" # runc changes the root file system, which has to be a mount for that
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
	exec chroot "$root" "$@"
' sh "$root" "$@"
