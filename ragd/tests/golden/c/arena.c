/*
 * arena.c - bump allocator with savepoints.
 *
 * Memory is taken from a chain of blocks; everything is released at once.
 */
#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MIN_BLOCK 4096u
#define ALIGN_UP(n, a) (((n) + ((a) - 1)) & ~((size_t)(a) - 1))

#ifdef ARENA_TRACE
#define TRACE(...) fprintf(stderr, __VA_ARGS__)
#else
#define TRACE(...) ((void)0)
#endif

typedef struct block {
	struct block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
} block_t;

typedef struct {
	block_t *head;
	size_t total;
	void (*on_oom)(size_t wanted);
} arena_t;

typedef struct {
	block_t *block;
	size_t used;
} arena_mark_t;

static void default_oom(size_t wanted)
{
	fprintf(stderr, "arena: out of memory {%zu bytes}\n", wanted);
}

static int is_power_of_two(size_t n) { return n && !(n & (n - 1)); }
static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }
static size_t room(const block_t *b) { return b->size - b->used; }

void arena_init(arena_t *arena)
{
	memset(arena, 0, sizeof *arena);
	arena->on_oom = default_oom;
}

/* Returns zeroed memory, or NULL when the system has none left. */
void *arena_alloc(arena_t *arena, size_t size, size_t align)
{
	assert(is_power_of_two(align));

	for (int attempt = 0; attempt < 2; attempt++) {
		block_t *block = arena->head;

		if (block != NULL) {
			uintptr_t base = (uintptr_t)block->data;
			size_t start = ALIGN_UP(base + block->used, align) - base;

			if (start <= block->size && size <= block->size - start) {
				void *out = block->data + start;
				block->used = start + size;
				memset(out, 0, size);
				return out;
			}
			TRACE("arena: %zu bytes wasted\n", room(block));
		}

		/* No room: put a new block in front and try once more. */
		size_t wanted = max_size(ARENA_MIN_BLOCK, size + align);
		if (wanted < size) {
			goto oom; /* the sum has wrapped around */
		}
		block = malloc(sizeof *block + wanted);
		if (block == NULL) {
			goto oom;
		}
		block->next = arena->head;
		block->size = wanted;
		block->used = 0;
		arena->head = block;
		arena->total += wanted;
	}

oom:
	if (arena->on_oom != NULL) {
		arena->on_oom(size);
	}
	return NULL;
}

char *arena_printf(arena_t *arena, const char *format, ...)
{
	va_list args, copy;
	va_start(args, format);
	va_copy(copy, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *out = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1, 1);
	if (out != NULL)
		vsnprintf(out, (size_t)length + 1, format, copy);
	va_end(copy);
	va_end(args);
	return out;
}

arena_mark_t arena_mark(const arena_t *arena)
{
	return (arena_mark_t){ arena->head, arena->head ? arena->head->used : 0 };
}

void arena_rewind(arena_t *arena, arena_mark_t mark)
{
	while (arena->head != mark.block) {
		block_t *next = arena->head->next;
		free(arena->head);
		arena->head = next;
	}
	if (arena->head != NULL)
		arena->head->used = mark.used;
}
