#include "http_date.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static int
month_number(const char *name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (strncasecmp(names + (size_t)i * 3, name, 3) == 0)
			return i;
	return -1;
}

/*
 * The three forms:
 *	Sun, 06 Nov 1994 08:49:37 GMT
 *	Sunday, 06-Nov-94 08:49:37 GMT
 *	Sun Nov  6 08:49:37 1994
 */
static bool
scan_date(const char *s, struct tm *tm, char month[4], int *year)
{
	char day[16];

	return sscanf(s, "%15[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d", day,
		   &tm->tm_mday, month, year, &tm->tm_hour, &tm->tm_min,
		   &tm->tm_sec) == 7 ||
	       sscanf(s, "%15[A-Za-z], %2d-%3[A-Za-z]-%4d %2d:%2d:%2d", day,
		   &tm->tm_mday, month, year, &tm->tm_hour, &tm->tm_min,
		   &tm->tm_sec) == 7 ||
	       sscanf(s, "%3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", day,
		   month, &tm->tm_mday, &tm->tm_hour, &tm->tm_min, &tm->tm_sec,
		   year) == 7;
}

int
http_date_parse(const char *text, size_t len, int64_t *seconds)
{
	char s[64], month[4] = "";
	struct tm tm = {0};
	int year;

	if (len >= sizeof(s) || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(s, text, len);
	s[len] = '\0';
	if (!scan_date(s, &tm, month, &year))
		return -1;
	if (year >= 0 && year < 100)
		year += year < 70 ? 2000 : 1900;
	tm.tm_mon = month_number(month);
	tm.tm_year = year - 1900;
	if (tm.tm_mon == -1 || year < 1970 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
	    tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return -1;
	*seconds = timegm(&tm);
	return 0;
}
