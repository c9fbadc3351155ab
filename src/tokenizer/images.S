/*
 * The vocabularies' images, made by tools/gen-vocab in the directory that
 * the assembler is told to search.  Whole pages each, so that what is not
 * used is never read from disk.
 */
	.section .rodata
.macro image name
	.balign 4096
	.globl tok_image_\name
	.hidden tok_image_\name
	.type tok_image_\name, %object
tok_image_\name:
	.incbin "\name\().img"
	.size tok_image_\name, . - tok_image_\name
.endm
	image p50k_base
	image cl100k_base
	image o200k_base
	.section .note.GNU-stack, "", %progbits
