/*
 * http_date.h - dates as HTTP's headers have them.
 *
 * Pure.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * An HTTP date in any of its three forms (RFC 9110, 5.6.7), always GMT, as
 * seconds since the epoch.  0, or -1.
 */
int http_date_parse(const char *text, size_t len, int64_t *seconds);

#endif
