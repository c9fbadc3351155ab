/*
 * launch.h - stage: a child for every job that is ready, in prompt order.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

struct run;

/* Fork while there are free slots and nothing holds the run back. */
void launch(struct run *r);

#endif
