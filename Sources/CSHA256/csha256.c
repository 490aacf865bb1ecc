#include "csha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define HAS_SHA_PATH 1
#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#else
#define HAS_SHA_PATH 0
#endif

static const uint32_t initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* --- portable --------------------------------------------------------------------------------- */

static inline uint32_t rotate(uint32_t value, int count) { return (value >> count) | (value << (32 - count)); }

static inline uint32_t load_word(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void compress_portable(uint32_t state[8], const uint8_t *data, size_t blocks) {
    uint32_t w[64];
    for (; blocks > 0; blocks--, data += 64) {
        for (int i = 0; i < 16; i++) w[i] = load_word(data + 4 * i);
        for (int i = 16; i < 64; i++) {
            uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
            uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int i = 0; i < 64; i++) {
            uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
            uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
            uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
            uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

/* --- SHA instructions ------------------------------------------------------------------------- */

#if HAS_SHA_PATH

/* One message in flight: its state in the order the instructions want, and 16 words of schedule. */
typedef struct {
    __m128i abef, cdgh;
    __m128i w[4];
} lane;

SHA_TARGET static inline __attribute__((always_inline)) lane lane_load(const uint32_t state[8]) {
    lane l;
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    l.abef = _mm_alignr_epi8(low, high, 8);
    l.cdgh = _mm_blend_epi16(high, low, 0xF0);
    return l;
}

SHA_TARGET static inline __attribute__((always_inline)) void lane_store(const lane *l, uint32_t state[8]) {
    __m128i abef = _mm_shuffle_epi32(l->abef, 0x1B);
    __m128i cdgh = _mm_shuffle_epi32(l->cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(abef, cdgh, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(cdgh, abef, 8));
}

SHA_TARGET static inline __attribute__((always_inline)) void lane_words(lane *l, const uint8_t *data) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    for (int i = 0; i < 4; i++)
        l->w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + 16 * i)), swap);
}

/* Four rounds with the words in w[step % 4]; prepares the words that step + 4 will need. */
SHA_TARGET static inline __attribute__((always_inline)) void lane_step(lane *l, int step) {
    __m128i *w = l->w;
    int now = step & 3, next = (step + 1) & 3, last = (step + 3) & 3;
    __m128i sum = _mm_add_epi32(w[now], _mm_load_si128((const __m128i *)(round_constants + 4 * step)));
    l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, sum);
    if (step >= 3 && step < 15) {
        /* w[next] already went through msg1; add the words 7 back and finish with msg2. */
        w[next] = _mm_add_epi32(w[next], _mm_alignr_epi8(w[now], w[last], 4));
        w[next] = _mm_sha256msg2_epu32(w[next], w[now]);
    }
    l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, _mm_shuffle_epi32(sum, 0x0E));
    if (step >= 1 && step < 13) w[last] = _mm_sha256msg1_epu32(w[last], w[now]);
}

SHA_TARGET static void compress_sha(uint32_t state[8], const uint8_t *data, size_t blocks) {
    lane l = lane_load(state);
    for (; blocks > 0; blocks--, data += 64) {
        __m128i abef = l.abef, cdgh = l.cdgh;
        lane_words(&l, data);
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) lane_step(&l, step);
        l.abef = _mm_add_epi32(l.abef, abef);
        l.cdgh = _mm_add_epi32(l.cdgh, cdgh);
    }
    lane_store(&l, state);
}

SHA_TARGET static void compress_sha_pair(
    uint32_t first[8], const uint8_t *first_data, uint32_t second[8], const uint8_t *second_data,
    size_t blocks) {
    lane a = lane_load(first), b = lane_load(second);
    for (; blocks > 0; blocks--, first_data += 64, second_data += 64) {
        __m128i a_abef = a.abef, a_cdgh = a.cdgh, b_abef = b.abef, b_cdgh = b.cdgh;
        lane_words(&a, first_data);
        lane_words(&b, second_data);
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) {
            lane_step(&a, step);
            lane_step(&b, step);
        }
        a.abef = _mm_add_epi32(a.abef, a_abef), a.cdgh = _mm_add_epi32(a.cdgh, a_cdgh);
        b.abef = _mm_add_epi32(b.abef, b_abef), b.cdgh = _mm_add_epi32(b.cdgh, b_cdgh);
    }
    lane_store(&a, first);
    lane_store(&b, second);
}

static int processor_has_sha(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & (1u << 29))) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    return (c & (1u << 19)) && (c & (1u << 9)); /* SSE4.1, SSSE3 */
}

#endif

/* --- which of the two ------------------------------------------------------------------------- */

/* Decided when the library is loaded; afterwards only read (and set by tests that hash alone). */
static int is_accelerated;

#if HAS_SHA_PATH
__attribute__((constructor)) static void choose_path(void) { is_accelerated = processor_has_sha(); }
#endif

int csha256_is_accelerated(void) { return is_accelerated; }

void csha256_force_portable(int portable) {
#if HAS_SHA_PATH
    is_accelerated = !portable && processor_has_sha();
#else
    (void)portable;
#endif
}

static inline void compress(uint32_t state[8], const uint8_t *data, size_t blocks) {
#if HAS_SHA_PATH
    if (is_accelerated) {
        compress_sha(state, data, blocks);
        return;
    }
#endif
    compress_portable(state, data, blocks);
}

/* --- messages --------------------------------------------------------------------------------- */

static inline void store_digest(const uint32_t state[8], uint8_t digest[32]) {
    for (int i = 0; i < 8; i++) {
        digest[4 * i] = (uint8_t)(state[i] >> 24);
        digest[4 * i + 1] = (uint8_t)(state[i] >> 16);
        digest[4 * i + 2] = (uint8_t)(state[i] >> 8);
        digest[4 * i + 3] = (uint8_t)state[i];
    }
}

/* Pads what is left (under 64 bytes) of a message of `size` bytes into one or two blocks. */
static inline size_t pad(uint8_t tail[128], const uint8_t *rest, size_t rest_size, uint64_t size) {
    size_t blocks = rest_size < 56 ? 1 : 2;
    memcpy(tail, rest, rest_size);
    tail[rest_size] = 0x80;
    memset(tail + rest_size + 1, 0, 64 * blocks - rest_size - 9);
    uint64_t bits = size * 8;
    for (int i = 0; i < 8; i++) tail[64 * blocks - 1 - i] = (uint8_t)(bits >> (8 * i));
    return blocks;
}

void csha256(const uint8_t *data, size_t size, uint8_t digest[32]) {
    uint32_t state[8];
    uint8_t tail[128];
    memcpy(state, initial_state, sizeof state);
    size_t whole = size / 64;
    compress(state, data, whole);
    compress(state, tail, pad(tail, data + 64 * whole, size - 64 * whole, size));
    store_digest(state, digest);
}

/* A leaf is one byte longer than its record: its first block is copied, the others are read in place. */
typedef struct {
    uint32_t state[8];
    uint8_t head[64];
    const uint8_t *body;
    size_t body_blocks;
    uint8_t tail[128];
    size_t tail_blocks;
    int has_head;
} leaf_plan;

static inline void plan_leaf(leaf_plan *plan, const uint8_t *record, size_t size) {
    memcpy(plan->state, initial_state, sizeof plan->state);
    plan->has_head = size >= 63;
    if (!plan->has_head) {
        uint8_t whole[64];
        whole[0] = 0x00;
        if (size > 0) memcpy(whole + 1, record, size);
        plan->body_blocks = 0;
        plan->tail_blocks = pad(plan->tail, whole, size + 1, size + 1);
        return;
    }
    plan->head[0] = 0x00;
    memcpy(plan->head + 1, record, 63);
    plan->body = record + 63;
    plan->body_blocks = (size - 63) / 64;
    const uint8_t *rest = plan->body + 64 * plan->body_blocks;
    plan->tail_blocks = pad(plan->tail, rest, (size_t)(record + size - rest), size + 1);
}

static inline void finish_leaf(leaf_plan *plan, size_t done, uint8_t digest[32]) {
    compress(plan->state, plan->body + 64 * done, plan->body_blocks - done);
    compress(plan->state, plan->tail, plan->tail_blocks);
    store_digest(plan->state, digest);
}

void csha256_leaf(const uint8_t *record, size_t size, uint8_t digest[32]) {
    leaf_plan plan;
    plan_leaf(&plan, record, size);
    if (!plan.has_head) {
        compress(plan.state, plan.tail, plan.tail_blocks);
        store_digest(plan.state, digest);
        return;
    }
    compress(plan.state, plan.head, 1);
    finish_leaf(&plan, 0, digest);
}

void csha256_leaf_pair(
    const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
    uint8_t first_digest[32], uint8_t second_digest[32]) {
#if HAS_SHA_PATH
    if (is_accelerated && first_size >= 63 && second_size >= 63) {
        leaf_plan a, b;
        plan_leaf(&a, first, first_size);
        plan_leaf(&b, second, second_size);
        compress_sha_pair(a.state, a.head, b.state, b.head, 1);
        size_t both = a.body_blocks < b.body_blocks ? a.body_blocks : b.body_blocks;
        compress_sha_pair(a.state, a.body, b.state, b.body, both);
        if (a.body_blocks == b.body_blocks && a.tail_blocks == b.tail_blocks) {
            compress_sha_pair(a.state, a.tail, b.state, b.tail, a.tail_blocks);
            store_digest(a.state, first_digest);
            store_digest(b.state, second_digest);
            return;
        }
        finish_leaf(&a, both, first_digest);
        finish_leaf(&b, both, second_digest);
        return;
    }
#endif
    csha256_leaf(first, first_size, first_digest);
    csha256_leaf(second, second_size, second_digest);
}

/* The two blocks of a node: 65 bytes are 520 bits, 0x0208. */
static inline void plan_node(uint8_t blocks[128], const uint8_t left[32], const uint8_t right[32]) {
    blocks[0] = 0x01;
    memcpy(blocks + 1, left, 32);
    memcpy(blocks + 33, right, 32);
    blocks[65] = 0x80;
    memset(blocks + 66, 0, 60);
    blocks[126] = 0x02;
    blocks[127] = 0x08;
}

void csha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t digest[32]) {
    uint32_t state[8];
    uint8_t blocks[128];
    memcpy(state, initial_state, sizeof state);
    plan_node(blocks, left, right);
    compress(state, blocks, 2);
    store_digest(state, digest);
}

void csha256_node_row(const uint8_t *hashes, size_t count, uint8_t *nodes) {
    size_t done = 0;
#if HAS_SHA_PATH
    for (; is_accelerated && done + 2 <= count; done += 2) {
        uint32_t first[8], second[8];
        uint8_t first_blocks[128], second_blocks[128];
        const uint8_t *pair = hashes + 64 * done;
        memcpy(first, initial_state, sizeof first);
        memcpy(second, initial_state, sizeof second);
        plan_node(first_blocks, pair, pair + 32);
        plan_node(second_blocks, pair + 64, pair + 96);
        compress_sha_pair(first, first_blocks, second, second_blocks, 2);
        store_digest(first, nodes + 32 * done);
        store_digest(second, nodes + 32 * done + 32);
    }
#endif
    for (; done < count; done++)
        csha256_node(hashes + 64 * done, hashes + 64 * done + 32, nodes + 32 * done);
}

/* --- streams ---------------------------------------------------------------------------------- */

void csha256_begin(csha256_stream *stream) {
    memcpy(stream->state, initial_state, sizeof stream->state);
    stream->size = 0;
}

void csha256_update(csha256_stream *stream, const uint8_t *data, size_t size) {
    size_t held = stream->size % 64;
    stream->size += size;
    if (held > 0) {
        size_t take = 64 - held < size ? 64 - held : size;
        memcpy(stream->block + held, data, take);
        data += take, size -= take;
        if (held + take < 64) return;
        compress(stream->state, stream->block, 1);
    }
    compress(stream->state, data, size / 64);
    memcpy(stream->block, data + size / 64 * 64, size % 64);
}

void csha256_finish(csha256_stream *stream, uint8_t digest[32]) {
    uint8_t tail[128];
    compress(stream->state, tail, pad(tail, stream->block, stream->size % 64, stream->size));
    store_digest(stream->state, digest);
}
