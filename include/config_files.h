/*
 * config_files.h - the small files that settings name, read with suspicion.
 *
 * Names are relative to DIRFD, the workspace.  LABEL is the option or the
 * variable that named the file.  What is read is kept in *KEPT.
 */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

#include "error.h"
#include "texts.h"

#include <stdbool.h>

/*
 * A key from a file, untrimmed.  A file of ours that group or others can get
 * at is refused, as ssh refuses it; a pipe ("<(pass show openai)") is as good
 * as a file.  NULL with ERR, which never quotes the contents.
 */
const char *config_read_key(struct texts **kept, int dirfd, const char *name,
    const char *label, struct error *err);

/* A system message: text without NUL, not empty, at most 1 MiB. */
const char *config_read_system(struct texts **kept, int dirfd, const char *name,
    const char *label, struct error *err);

enum {
	DOTENV_MAX = 65536
};

/*
 * The workspace's .env: *TEXT, or NULL if there is none.  *OPEN is set if
 * others can read it.  -1 with ERR if it is no regular file, too big,
 * unreadable, or if someone else owns it or can write to it: its
 * OPENAI_BASE_URL would be where our key goes.
 */
int config_read_dotenv(struct texts **kept, int dirfd, const char *dir,
    const char **text, size_t *len, bool *open, struct error *err);

#endif
