// wordfreq: counts words on standard input and prints the most frequent ones.

#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORD 64
#define BUCKETS 1024
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define DIE(...)                      \
	do {                              \
		fprintf(stderr, __VA_ARGS__); \
		exit(EXIT_FAILURE);           \
	} while (0)

enum order { BY_COUNT, BY_NAME };

struct word {
	struct word *next;
	unsigned long count;
	char text[MAX_WORD];
};

static struct word *table[BUCKETS];
static size_t distinct;

static const char usage[] =
	"usage: wordfreq [-a] [-n COUNT]\n"
	"  -a        sort by name {a..z}\n"
	"  -n COUNT  print at most COUNT words, e.g. “-n 10”\n";

static unsigned hash(const char *text)
{
	unsigned h = 5381;
	while (*text)
		h = h * 33 ^ (unsigned char)*text++;
	return h % BUCKETS;
}

static void *xmalloc(size_t size)
{
	void *p = malloc(size);
	if (!p)
		DIE("wordfreq: out of memory\n");
	return p;
}

static void count_word(const char *text)
{
	struct word **slot = &table[hash(text)];
	for (struct word *w = *slot; w; w = w->next) {
		if (strcmp(w->text, text) == 0) {
			w->count++;
			return;
		}
	}
	struct word *fresh = xmalloc(sizeof *fresh);
	*fresh = (struct word){ .next = *slot, .count = 1 };
	snprintf(fresh->text, sizeof fresh->text, "%s", text);
	*slot = fresh;
	distinct++;
}

/* Reads until EOF; handles hyphens at the end of a line and apostrophes. */
static void read_words(FILE *in)
{
	char word[MAX_WORD];
	size_t length = 0;
	bool hyphen = false;

	for (int c; (c = getc(in)) != EOF;) {
		if (isalnum(c) || c >= 0x80) {
			if (hyphen && length + 1 < sizeof word)
				word[length++] = '-';
			hyphen = false;
			if (length + 1 < sizeof word)
				word[length++] = (char)tolower(c);
			continue;
		}

		switch (c) {
		case '\'':
			// Inside a word it is part of it: don't, it's.
			if (length > 0 && length + 1 < sizeof word)
				word[length++] = '\'';
			continue;
		case '-':
			hyphen = length > 0;
			continue;
		case '\n':
			if (hyphen) {
				hyphen = false; // joined with the next line
				continue;
			}
			break;
		default:
			break;
		}

		if (length > 0) {
			word[length] = '\0';
			count_word(word);
			length = 0;
		}
		hyphen = false;
	}
	if (length > 0) {
		word[length] = '\0';
		count_word(word);
	}
}

int main(int argc, char **argv)
{
	enum order order = BY_COUNT;
	for (int opt; (opt = getopt(argc, argv, "an:")) != -1;) {
		if (opt == 'a')
			order = BY_NAME;
		else if (opt != 'n')
			DIE("%s", usage);
	}
	read_words(stdin);
	printf("%zu distinct words in %zu buckets, order %d\n", distinct, ARRAY_LEN(table), order);
	return 0;
}
