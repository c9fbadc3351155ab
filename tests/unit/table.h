/*
 * table.h - tests that are tables say how many of their rows have passed.
 *
 *	t = tcase_create("rows");		one test case a table
 *	tcase_add_loop_test(t, test_row, 0, ROWS);
 *	...
 *	srunner_run_all(sr, CK_ENV);
 *	table_report(sr, "rows", "rows of the outcome table");
 *
 * On standard error, which prove(1) lets through: what `make check` is to show
 * is neither lost among its results nor taken for one.
 */
#ifndef TABLE_H
#define TABLE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void
table_report(SRunner *sr, const char *tcase, const char *what)
{
	TestResult **const results = srunner_results(sr);
	const int n = srunner_ntests_run(sr);
	int n_rows = 0, passed = 0;

	for (int i = 0; results != NULL && i < n; i++) {
		if (strcmp(tr_tcname(results[i]), tcase) != 0)
			continue;
		n_rows++;
		passed += tr_rtype(results[i]) == CK_PASS;
	}
	free(results);
	fprintf(stderr, "%d of %d %s\n", passed, n_rows, what);
}

#endif
