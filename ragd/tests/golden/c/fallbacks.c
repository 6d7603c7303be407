#include "fallbacks.h"

#ifndef HAVE_STRNLEN
/**
 * strnlen - Find the length of a string that may have no end
 * @s: The string
 * @count: The most bytes to look at
 */
size_t strnlen(const char *s, size_t count)
{
	const char *end = s;

	while (count-- && *end)
		end++;
	return end - s;
}
#endif

#if 0
/*
 * 1) a: b c d e f g h i j k l m n o p q r s t u v w x y z
 * 2) a: b c d e f g h i j k l m n o p q r s t u v w x y z
 * 3) a: b c d e f g h i j k l m n o p q r s t u v w x y z
 * 4) a: b c d e f g h i j k l m n o p q r s t u v w x y z
 */
static int never(int a)
{
	return a;
}
#else
static int always(int a)
{
	return a + 1;
}
#endif

#ifdef CONFIG_MMU
/* Only where there is one. */
static int map(int a) { return a; }
static int unmap(int a) { return -a; }
#endif
