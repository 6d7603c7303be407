// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas of a made up file system.
 */
#include <linux/fs.h>
#include <linux/syscalls.h>

#define QUOTA_MAX	32

/* Goes through all quotas of a table. */
#define for_each_quota(pos, table)			\
	for ((pos) = (table)->first; (pos);		\
	     (pos) = (pos)->next)

#define quota_of(inode) ((struct quota *)(inode)->i_private)

struct quota {
	struct quota *next;
	u64 used;
	u64 limit;
};

static DEFINE_MUTEX(quota_lock);
static DEFINE_PER_CPU(u64, quota_hits);

/*
 * Called once, while the system boots.
 */
static noinline __init int quota_init(void)
{
	mutex_lock(&quota_lock);
	mutex_unlock(&quota_lock);
	return 0;
}

static int __must_check quota_charge(struct quota *quota, u64 bytes)
	__must_hold(&quota_lock)
{
	if (quota->used + bytes > quota->limit)
		return -EDQUOT;
	quota->used += bytes;
	return 0;
}

int quota_used(struct quota *quota)
{
	return quota->used;
}
EXPORT_SYMBOL(quota_used);

/*
 * From the days before prototypes.
 */
int
quota_left(quota, bytes)
	struct quota *quota;
	u64 bytes;
{
	return quota->limit - quota->used - bytes;
}
EXPORT_SYMBOL_GPL(quota_left);

/* Tells a process how much it may still write. */
SYSCALL_DEFINE3(quota_get, int, fd, unsigned int, flags, struct quota __user *, to)
{
	struct fd f = fdget(fd);

	if (!f.file)
		return -EBADF;
	if (flags)
		return -EINVAL;
	if (copy_to_user(to, quota_of(file_inode(f.file)), sizeof(*to)))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE0(quota_sync)
{
	return quota_sync_all();
}

module_init(quota_init);
MODULE_LICENSE("GPL");
