/*
 * ledger_line.h - one line of the ledger: which field it is, and where its
 * value stands.
 *
 * A line is ours if, after markdown's marks (quote, heading, bullet, table,
 * bold, code), it begins with one of our names.  In a name, upper and lower
 * case are alike, and so are "_", "\_", "-" and a blank.
 */
#ifndef LEDGER_LINE_H
#define LEDGER_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order in which a fresh ledger has them. */
enum ledger_field {
	FIELD_MINUTE_TOKENS,
	FIELD_MINUTE_REQUESTS,
	FIELD_DAY_TOKENS,
	FIELD_MINUTE_REACHED,
	FIELD_DAY_REACHED,
	FIELD_DATE,
	NFIELDS,
	FIELD_NONE = NFIELDS
};

struct ledger_line {
	const char *text; /* not NUL-terminated */
	size_t len;
	size_t eol; /* bytes that end it, after len: 0 (last line), 1, 2 */
	enum ledger_field field;
	size_t value; /* the value's place in text, and its length; */
	size_t valuelen;
};

/* The field's name as a fresh ledger writes it. */
const char *ledger_field_name(enum ledger_field field);

/* Take the next line off *TEXT, of *LEFT bytes.  False at the end. */
bool ledger_line_next(
    const char **text, size_t *left, struct ledger_line *line);

/*
 * Could LINE, which is none of ours, have been meant as FIELD?  It mentions
 * the name, or begins with a slip of it ("tokens_within_mim").  Never true of
 * Date, which is too common a word.
 */
bool ledger_line_hints(const struct ledger_line *line, enum ledger_field field);

#endif
