/*
 * collect.h - stage: wait for events; reap children, judge what they report.
 */
#ifndef COLLECT_H
#define COLLECT_H

struct run;

/*
 * Sleep until something happens (a child ends, a signal, a timer, a lock, a
 * retry is due), then deal with all that has: each child that ended leaves a
 * FINISHED job with its decision.
 */
void collect(struct run *r);

#endif
