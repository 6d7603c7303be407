/* SPDX-License-Identifier: MIT */
#ifndef PAGE_FAULT_H
#define PAGE_FAULT_H

/*
 * Bits of the error code of a page fault:
 *
 *   bit 0 ==  0: no page found       1: protection fault
 *   bit 1 ==  0: read access         1: write access
 *   bit 2 ==  0: kernel mode access  1: user mode access
 *   bit 3 ==                         1: use of a reserved bit
 *   bit 4 ==                         1: fault was an instruction fetch
 *   bit 5 ==                         1: a key blocks access
 */
enum page_fault_bits {
	PAGE_FAULT_PROT		= 1 << 0,
	PAGE_FAULT_WRITE	= 1 << 1,
	PAGE_FAULT_USER		= 1 << 2,
	PAGE_FAULT_RSVD		= 1 << 3,
	PAGE_FAULT_INSTR	= 1 << 4,
	PAGE_FAULT_PK		= 1 << 5,
};

#endif /* PAGE_FAULT_H */
