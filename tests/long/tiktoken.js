// The third opinion: the ids of npm's tiktoken.
//
//	node tiktoken.js encodings		which it has, a line each
//	node tiktoken.js make N SEED DIR	N random texts, DIR/1 and so on
//	node tiktoken.js compare ENCODING FILE...	with a line of ids for
//					each on standard input
"use strict";
const fs = require("fs");
const tiktoken = require("tiktoken");

// What tokenizers trip over.  None of it is newer than the Unicode of either.
const pieces = [
	" ", " ", " ", "  ", "   ", "\t", "\v", "\u00a0", "\u0085", "\u2028",
	"\u3000", "\u180e", "\u200b", "\u001c", "\n", "\n", "\r", "\r\n",
	"\n\n", " \n", "a", "b", "the", "The", " quick", "ing", "HTML",
	"camelCase", "getURL", "'", "'s", "'S", "'t", "'re", "'RE", "'Ve",
	"'ll", "'lL", "'d", "'M", "'\u017f", "\u017f", "'\u212a", "'x",
	"\u2019s", "0", "7", "42", "123", "1234", "\u00bd", "\u0663",
	"\u2163", "\u00b2", ".", ",", "!", "/", "//", "/\n", "-", "--", "_",
	"(", "{", "\"", "<|", "|>", "<|endoftext|>", "#", "$", "=", "\u2014",
	"\u00e9", "\u00c9", "\u00df", "e\u0301", "\u0301", "\u0903", "\u20dd",
	"\u01c5", "\u1f88", "\u02b0", "\u00aa", "\u24b6", "\u0345", "\u4e2d",
	"\u6587", "\u4e9a\u6d32AV", "\u3042", "\u30a2", "\uac00", "\u0e01",
	"\u0627", "\u05d0", "\u0430", "\u0410", "\u{10400}", "\u{20000}",
	"\u{1f600}", "\u200d", "\ufe0f", "\ufffd", "\u20ac", "\u0130",
];
const broken = [
	[0xff], [0x80], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80],
	[0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xc2], [0xe2, 0x82],
];

// mulberry32
let state = 0;
function below(n) {
	state = (state + 0x6d2b79f5) | 0;
	let z = Math.imul(state ^ (state >>> 15), state | 1);
	z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
	return Math.floor(((z ^ (z >>> 14)) >>> 0) / 4294967296 * n);
}

// The code points that the tables here know.  tiktoken's are of another
// Unicode: it may have letters where there were none.
function assigned() {
	const dir = process.env.UNICODE_DATA || "/usr/share/unicode";
	const file = `${dir}/extracted/DerivedGeneralCategory.txt`;
	const known = [];

	for (const line of fs.readFileSync(file, "utf8").split("\n")) {
		const m = /^([0-9A-F]+)(?:\.\.([0-9A-F]+))? *; (\w\w)/.exec(line);

		if (m === null || m[3] === "Cn" || m[3] === "Cs")
			continue;
		const from = parseInt(m[1], 16), to = parseInt(m[2] || m[1], 16);

		// Of the large blocks some will do.
		for (let c = from; c <= to && c < from + 2000; c++)
			known.push(c);
	}
	return known.sort((a, b) => a - b);
}

// Most of them are the alphabets' that people write.
function codePoint(known) {
	const limits = [0x100, 0x600, 0x3000, known.length];

	return String.fromCodePoint(known[below(limits[below(4)])]);
}

function randomText(known) {
	const few = below(3) === 0 ? 5 : pieces.length;
	const first = below(pieces.length);
	const breaks = below(4) === 0;
	const parts = [];

	for (let n = 1 + below(60); n > 0; n--) {
		const piece = pieces[(first + below(few)) % pieces.length];

		if (breaks && below(8) === 0)
			parts.push(Buffer.from(broken[below(broken.length)]));
		else if (below(16) === 0)
			parts.push(Buffer.from(codePoint(known)));
		else if (below(16) === 0)
			parts.push(Buffer.from(piece.repeat(below(70))));
		else
			parts.push(Buffer.from(piece));
	}
	return Buffer.concat([...parts, Buffer.from("x")].slice(below(2)));
}

function make(n, seed, dir) {
	const known = assigned();

	state = seed;
	for (let i = 1; i <= n; i++) {
		const text = randomText(known);

		fs.writeFileSync(`${dir}/${i}`, text.length > 0 ? text : "x");
	}
}

function compare(name, files) {
	const encoding = tiktoken.get_encoding(name);
	const lines = fs.readFileSync(0, "latin1").split("\n");
	let tokens = 0, bytes = 0;

	lines.pop(); // what is behind the last line's end
	if (lines.length !== files.length) {
		console.log(`${files.length} files, ${lines.length} lines`);
		process.exit(1);
	}
	files.forEach((file, i) => {
		const data = fs.readFileSync(file);
		const ids = encoding.encode_ordinary(data.toString("utf8"));

		tokens += ids.length;
		bytes += data.length;
		if (ids.join(" ") === lines[i])
			return;
		console.log(`${file}: ${data.subarray(0, 2000).toString("hex")}`);
		console.log(`tiktoken: ${ids.join(" ").slice(0, 2000)}`);
		console.log(`here:     ${lines[i].slice(0, 2000)}`);
		process.exit(1);
	});
	console.log(`${files.length} texts, ${tokens} tokens, ${bytes} bytes`);
}

const [what, ...args] = process.argv.slice(2);
if (what === "make")
	make(Number(args[0]), Number(args[1]), args[2]);
else if (what === "compare")
	compare(args[0], args.slice(1));
else
	console.log(Object.keys(require("tiktoken/registry.json")).join("\n"));
