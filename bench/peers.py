# What Python's tiktoken takes for files, as bench/tokenizer.c reads it:
#	python3 peers.py VOCABULARIES ENCODING FILE...
# VOCABULARIES is data/encodings, so that tiktoken asks nobody else for them.
# Nothing is printed, and the exit status is 1, if there is none.
import hashlib
import os
import sys
import tempfile
import time

ROUNDS = 3
URL = "https://openaipublic.blob.core.windows.net/encodings/%s.tiktoken"


def load(vocabularies, encoding):
    with tempfile.TemporaryDirectory() as cache:
        name = hashlib.sha1((URL % encoding).encode()).hexdigest()
        os.symlink(
            os.path.abspath(f"{vocabularies}/{encoding}.tiktoken"),
            f"{cache}/{name}",
        )
        os.environ["TIKTOKEN_CACHE_DIR"] = cache
        import tiktoken

        return tiktoken.get_encoding(encoding)


vocabularies, encoding, *files = sys.argv[1:]
try:
    peer = load(vocabularies, encoding)
except ImportError:
    sys.exit(1)
for i, file in enumerate(files):
    with open(file, encoding="utf-8", errors="replace", newline="") as f:
        text = f.read()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        ids = peer.encode_ordinary(text)
        best = min(best, time.process_time() - start)
    total = 2166136261
    for token in ids:
        total = (total ^ token) * 16777619 & 0xFFFFFFFF
    print(encoding, i, "pypi:tiktoken", best, best, len(ids), total)
