/*
 * lockinfo.h - who holds an flock, without touching it, and is it at work?
 */
#ifndef LOCKINFO_H
#define LOCKINFO_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * The process that took the flock on the file with status ST, from
 * /proc/locks; 0: nobody, or it cannot be told.  A lock inherited by fork is
 * named after who took it.  To test a lock by taking it would make others
 * believe that it is held.
 */
pid_t lock_holder(const struct stat *st);

/* Does a process PID live?  A zombie does not.  Another one may have got the
 * number since. */
bool process_is_alive(pid_t pid);

/* Has PID been stopped, by a signal or a debugger? */
bool process_is_stopped(pid_t pid);

#endif
