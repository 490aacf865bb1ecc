#ifndef CSHA256_H
#define CSHA256_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) for records and trees.
 *
 * Uses the processor's SHA instructions where it has them and portable C elsewhere; both give the same
 * bytes. Two leaves can be hashed side by side, because one stream of SHA instructions leaves the unit
 * half idle. Nothing here allocates or keeps state between calls.
 */

/* SHA-256(data). */
void csha256(const uint8_t *data, size_t size, uint8_t digest[32]);

/* RFC 6962 leaf: SHA-256(0x00 || record). */
void csha256_leaf(const uint8_t *record, size_t size, uint8_t digest[32]);

/* Two leaves, hashed side by side. */
void csha256_leaf_pair(
    const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
    uint8_t first_digest[32], uint8_t second_digest[32]);

/* RFC 6962 node: SHA-256(0x01 || left || right). */
void csha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t digest[32]);

/* `count` nodes over `2 * count` hashes that lie side by side, two nodes at a time. `nodes` may be `hashes`: what is
 * written lies before what is still to be read. */
void csha256_node_row(const uint8_t *hashes, size_t count, uint8_t *nodes);

/* Incremental hashing, for files. */
typedef struct {
    uint32_t state[8];
    uint64_t size;
    uint8_t block[64];
} csha256_stream;

void csha256_begin(csha256_stream *stream);
void csha256_update(csha256_stream *stream, const uint8_t *data, size_t size);
void csha256_finish(csha256_stream *stream, uint8_t digest[32]);

/* 1 where SHA instructions are used. */
int csha256_is_accelerated(void);

/* For tests: 1 forbids the SHA instructions, 0 allows them again. Not for use while others hash. */
void csha256_force_portable(int portable);

#endif
