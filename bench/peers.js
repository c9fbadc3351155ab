// What a tokenizer from npm takes for files, as bench/tokenizer.c reads it:
//	node peers.js tiktoken|gpt-tokenizer ENCODING FILE...
// Nothing is printed, and the exit status is 1, if there is none.
"use strict";
const fs = require("fs");
const rounds = 3;

function load(library, encoding) {
	if (library === "tiktoken") {
		const t = require("tiktoken").get_encoding(encoding);
		return { encode: (s) => t.encode_ordinary(s) };
	}
	const t = require("gpt-tokenizer/encoding/" + encoding);
	const ordinary = { disallowedSpecial: new Set() };
	return {
		encode: (s) => t.encode(s, ordinary),
		count: t.countTokens && ((s) => t.countTokens(s, ordinary)),
	};
}

// The least processor time in seconds; the last result in it.value.
function best(f, s) {
	const it = { seconds: Infinity };
	for (let i = 0; i < rounds; i++) {
		const from = process.cpuUsage();
		it.value = f(s);
		const use = process.cpuUsage(from);
		it.seconds = Math.min(it.seconds, (use.user + use.system) / 1e6);
	}
	return it;
}

const [library, encoding, ...files] = process.argv.slice(2);
let peer;
try {
	peer = load(library, encoding);
} catch (e) {
	process.exit(1);
}
files.forEach((file, i) => {
	const s = fs.readFileSync(file, "utf8");
	const ids = best(peer.encode, s);
	const count = peer.count ? best(peer.count, s) : ids;
	let sum = 2166136261;
	for (const id of ids.value)
		sum = Math.imul(sum ^ id, 16777619) >>> 0;
	console.log(encoding, i, "npm:" + library, ids.seconds, count.seconds,
	    ids.value.length, sum);
});
