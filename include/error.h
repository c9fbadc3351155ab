/*
 * error.h - why something failed, in words a user can act on.
 *
 * A function that can fail for a reason worth telling takes a struct error,
 * fills it and returns -1.  The text reads from the thing to the reason:
 * "prompts/7_prompt.txt: read: Input/output error".  It may quote bytes from
 * files or the network: whoever prints it makes it safe (plain.h).
 */
#ifndef ERROR_H
#define ERROR_H

struct error {
	char text[1024];
};

/* Set the text; always returns -1, so that "return error_set(...)" reads. */
int error_set(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with ": " and errno's meaning after it.  Keeps errno. */
int error_sys(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
