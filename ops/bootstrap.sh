#!/bin/sh
# First step of every npm script, for whatever Node the machine has: installs the project's packages when they are not
# those of the lock file, then runs the rest under the Node 24 that is one of them.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
	echo "npm packages: installing"
	# npm before 10, as Debian 13 has it, fails for a package that links to a directory of its own (Converse.js).
	case $(npm --version) in
	[0-9].*) npm="npx --yes npm@10.9.4" ;;
	*) npm=npm ;;
	esac
	$npm ci --no-audit --no-fund --loglevel=error
	touch "$installed"
fi
PATH="$PWD/node_modules/.bin:$PATH"
# Loading Pulumi's SDK is most of a run; compiled code from the last one halves that.
NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prosody-stack/compiled}"
export PATH NODE_COMPILE_CACHE
exec node --disable-warning=ExperimentalWarning "$@"
