/*
 * avx2.h - the names of functions where they are compiled for AVX2.
 *
 * What is hot is compiled twice, for any processor, and with this file before
 * all others for one that has AVX2 (see rules.mk); cpu.h chooses.
 */
#ifndef AVX2_H
#define AVX2_H

#if defined(__AVX2__)
#include <immintrin.h>
#define WITH_AVX2
#endif

#define engine_part engine_part_avx2
#define engine_run engine_run_avx2
#define long_begin long_begin_avx2
#define long_run long_run_avx2
#define merge_all merge_all_avx2
#define merge_ids merge_ids_avx2
#define merge_one merge_one_avx2
#define path_rest path_rest_avx2
#define path_settle path_settle_avx2
#define path_word path_word_avx2
#define piece_count piece_count_avx2
#define piece_ids piece_ids_avx2
#define piece_merged piece_merged_avx2
#define piece_wait piece_wait_avx2
#define pieces_count pieces_count_avx2
#define repeat_steps repeat_steps_avx2
#define run_encode run_encode_avx2
#define scan_next scan_next_avx2
#define utf8_mend utf8_mend_avx2
#define utf8_valid utf8_valid_avx2
#define vocab_joined vocab_joined_avx2
#define vocab_longest vocab_longest_avx2
#define vocab_open vocab_open_avx2
#define vocab_pair vocab_pair_avx2
#define vocab_rest vocab_rest_avx2
#define vocab_text vocab_text_avx2
#define vocab_undo vocab_undo_avx2
#define window_steps window_steps_avx2

#endif
