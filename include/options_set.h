/*
 * options_set.h - how a setting's text becomes its field.
 *
 * Each has the type of option_spec.set.  All say what would be right.
 */
#ifndef OPTIONS_SET_H
#define OPTIONS_SET_H

#include "options.h"

/* Into a bool: true. */
int set_flag(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Into an int or an int64_t, from min to max. */
int set_int(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_count(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Into a size_t. */
int set_size(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Into an int64_t of nanoseconds; min and max are such. */
int set_duration(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Into a const char *, a copy: any text that is not empty. */
int set_path(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* The same, but printable: names and header values. */
int set_word(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* The same, for an API key: never quoted, white space at its end dropped. */
int set_key(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Of one option each. */
int set_range(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_temperature(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_param(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_no_wait(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_accept(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_api(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_encoding(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);
int set_color(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Nothing to set: what is the default anyway, or was acted on before. */
int set_nothing(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

/* Refuse a key on the command line. */
int set_bad_key(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err);

#endif
