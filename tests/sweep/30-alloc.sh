#!/bin/sh
# The sweep of alloc: see sweep.h.  SWEEP_WIDE=1 leaves nothing out.
root=$(cd "$(dirname "$0")/../.." && pwd)
export BIN="${BIN:-$root/bin}" HELPERS="${HELPERS:-$root/build/plain/tests}"
exec "$HELPERS/sweep" ${SWEEP_WIDE:+-w} alloc
