/**
 * @file ring_buffer.h
 * @brief Byte ring buffer for one producer and one consumer.
 *
 * Header only. The capacity must be a power of two; one index is owned by
 * each side, so no lock is needed on a single core.
 */
#ifndef RING_BUFFER_H
#define RING_BUFFER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#    define RB_LIKELY(x) __builtin_expect(!!(x), 1)
#    define RB_NODISCARD __attribute__((warn_unused_result))
#else
#    define RB_LIKELY(x) (x)
#    define RB_NODISCARD
#endif

/** Largest frame that fits into the one-byte length prefix. */
#define RB_MAX_FRAME 255u

enum rb_status {
	RB_OK = 0,
	RB_EMPTY = -EAGAIN,
	RB_FULL = -ENOBUFS,
	RB_TOO_LONG = -EMSGSIZE,
	RB_SHORT = -ENOSPC,
};

struct ring_buffer {
	uint8_t *restrict data;
	size_t mask;
	volatile size_t head; /* written by the producer */
	volatile size_t tail; /* written by the consumer */
	union {
		struct {
			unsigned overruns : 16;
			unsigned peak : 16;
		} bits;
		uint32_t raw;
	} stats;
};

typedef struct ring_buffer ring_buffer;
typedef bool (*rb_filter)(const uint8_t *frame, size_t length, void *context);

static inline size_t rb_used(const ring_buffer *rb) { return rb->head - rb->tail; }
static inline size_t rb_size(const ring_buffer *rb) { return rb->mask + 1; }
static inline size_t rb_free(const ring_buffer *rb) { return rb_size(rb) - rb_used(rb); }
static inline bool rb_is_empty(const ring_buffer *rb) { return rb->head == rb->tail; }

static inline void rb_init(ring_buffer *rb, uint8_t *storage, size_t size)
{
	*rb = (ring_buffer){ .data = storage, .mask = size - 1 };
}

/** Text for log lines, e.g. "{full}". */
static inline const char *rb_strerror(enum rb_status status)
{
	static const char *const names[] = { "{ok}", "{empty}", "{full}", "{other}" };
	return names[status == RB_OK ? 0 : status == RB_EMPTY ? 1 : status == RB_FULL ? 2 : 3];
}

RB_NODISCARD static inline enum rb_status rb_put(ring_buffer *rb, const void *frame, size_t length)
{
	const uint8_t *bytes = frame;
	if (length > RB_MAX_FRAME)
		return RB_TOO_LONG;
	if (rb_free(rb) < length + 1) {
		rb->stats.bits.overruns++;
		return RB_FULL;
	}
	rb->data[rb->head & rb->mask] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		rb->data[(rb->head + 1 + i) & rb->mask] = bytes[i];
	rb->head += length + 1;
	return RB_OK;
}

/**
 * Takes the oldest frame that the filter accepts; others are dropped.
 * Returns the length of the frame or a negative status (µC builds: no errno).
 */
static inline int rb_take(ring_buffer *rb, uint8_t *out, size_t room, rb_filter filter, void *context)
{
	while (!rb_is_empty(rb)) {
		size_t length = rb->data[rb->tail & rb->mask];
		size_t used = rb_used(rb);

		if (used > rb->stats.bits.peak)
			rb->stats.bits.peak = (unsigned)(used & 0xffffu);

		if (length > room) {
			/* The caller may come back with a larger buffer. */
			return RB_SHORT;
		}

		for (size_t i = 0; i < length; i++) {
			size_t at = (rb->tail + 1 + i) & rb->mask;
			if (RB_LIKELY(at <= rb->mask)) {
				out[i] = rb->data[at];
			}
		}
		rb->tail += length + 1;

		if (filter == NULL || filter(out, length, context)) {
			return (int)length;
		} else if (length == 0) {
			continue; /* keep-alive frame, never interesting */
		}
#ifdef RB_SCRUB
		memset(out, 0, length);
#endif
	}
	return RB_EMPTY;
}

#endif /* RING_BUFFER_H */
