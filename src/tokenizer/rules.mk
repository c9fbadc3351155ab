# How the vocabularies' images are made; included by the Makefile.
TOK_GENERATED :=
TOK_OBJ :=
