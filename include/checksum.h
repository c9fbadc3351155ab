/*
 * checksum.h - FNV-1a, 64 bits: against torn and foreign bytes in our own
 * files, not against an adversary.
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum(const void *data, size_t len);

#endif
