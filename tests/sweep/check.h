/*
 * check.h - what must hold after a run that was broken off, and after the next.
 *
 * The truth is what the children were seen to note in their claims (trace.h
 * reads it from their memory), held against what the simulator has received.
 * account.h says what each attempt is to cost:
 *
 *	noted nothing		nothing was sent: nothing
 *	"sending", then dead	of unknown fate: the estimate, its input
 *				tokens, and one request.  The simulator may
 *				have billed the output as well: that much the
 *				ledger can be too low, by the design's rule
 *	"done"			its outcome: an answer's usage; for an HTTP
 *				error the estimate in the minute, nothing in
 *				the day; not sent: nothing
 *
 * If the kernel's boot id cannot be read, a reserved attempt without a note may
 * be one of an earlier boot, whose note was lost: it, too, is of unknown fate.
 *
 * If "done" could not be written to the claim, the parent has it from the pipe;
 * but if it cannot write the ledger either (a dead disk), what it knew ends
 * with it, and the next run finds "sending": then either is right.
 *
 * A note counts when it has reached the file, or when its child went on to
 * live: then it went through the pipe.  The next run is not disturbed: what
 * the simulator received in it was answered and is known.  (Requests are told
 * apart by the claim's id in their Idempotency-Key.)
 *
 * After the broken run: it ended by itself, in time, by no signal but ours,
 * with a status that is documented; 0 only if every prompt is answered; else
 * it said something.  The earlier answer is there, or a new one.
 *
 * After the next run, always:
 *
 *	its exit status is 0 and every prompt has its whole answer
 *	the ledger's three figures are exactly the sum of all attempts' costs
 *	no claim, no temporary, nothing in the redo journal
 *	nothing was sent without being noted before
 *	an attempt "done" with usage has the usage the simulator billed
 *	a prompt whose answer was staged has not been asked again; one whose
 *	  answer could not be staged, or not renamed, has it in $TMPDIR
 */
#ifndef CHECK_H
#define CHECK_H

#include "space.h"
#include "sweep.h"
#include "trace.h"

/* All that was seen of the runs before the last one. */
struct evidence {
	struct sighting seen[2 * TRACE_SIGHTINGS];
	int n;
	bool dead_disk;    /* what failed once failed for good */
	bool boot_unknown; /* the boot id was what could not be read */
};

void evidence_add(struct evidence *e, const struct trace *t);

/* After the broken run. */
void check_broken(const struct space *s, const struct trace *t, bool killed,
    struct findings *v);

/* After the repairing run, which ended with STATUS. */
void check_repaired(const struct space *s, const struct evidence *e, int status,
    struct findings *v);

#endif
