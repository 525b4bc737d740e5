#!/bin/sh
# network.sh up|down NAME: a network namespace that reaches the outside through this machine. Docker in it has bridges,
# iptables rules and published ports of its own.
set -eu
name=$2
inside=10.213.77.2
outside=10.213.77.1
subnet=10.213.77.0/30
filter="FORWARD -i $name-out -j ACCEPT"
answers="FORWARD -o $name-out -j ACCEPT"
masquerade="POSTROUTING -s $subnet -j MASQUERADE"

case $1 in
up)
	ip netns add "$name"
	ip link add "$name-out" type veth peer name "$name-in" netns "$name"
	ip address add "$outside/30" dev "$name-out"
	ip link set "$name-out" up
	ip -n "$name" address add "$inside/30" dev "$name-in"
	ip -n "$name" link set lo up
	ip -n "$name" link set "$name-in" up
	ip -n "$name" route add default via "$outside"
	# shellcheck disable=SC2086 # a rule is several words
	iptables -I $filter
	# shellcheck disable=SC2086
	iptables -I $answers
	# shellcheck disable=SC2086
	iptables -t nat -A $masquerade
	;;
down)
	# shellcheck disable=SC2086
	iptables -D $filter 2> /dev/null || true
	# shellcheck disable=SC2086
	iptables -D $answers 2> /dev/null || true
	# shellcheck disable=SC2086
	iptables -t nat -D $masquerade 2> /dev/null || true
	ip netns delete "$name" 2> /dev/null || true # its end of the cable goes with it, and the other end with that
	;;
esac
