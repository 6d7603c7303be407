#include <stdio.h>

/* Adds one. */
int one(int a)
{
	return a + 1;
}

/* Counts what is large enough. */
int two(int n)
{
#ifdef DEBUG
	if (n > 3) {
		printf("%d\n", n);
#else
	if (n > 2) {
#endif
		return n;
	}
	return 0;
}

/* Always three. */
int three(void)
{
	return 3;
}
