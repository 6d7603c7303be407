// Dynamic bit set that grows on demand, with set operations.

const std = @import("std");
const builtin = @import("builtin");
const Allocator = std.mem.Allocator;
const assert = std.debug.assert;

pub const Word = u64;
const word_bits = @bitSizeOf(Word);
const Shift = std.math.Log2Int(Word);

/// Operations that combine two sets.
pub const Op = enum(u2) {
    @"union",
    intersection,
    difference,

    pub fn apply(op: Op, a: Word, b: Word) Word {
        return switch (op) {
            .@"union" => a | b,
            .intersection => a & b,
            .difference => a & ~b,
        };
    }

    pub fn symbol(op: Op) []const u8 {
        return ([_][]const u8{ "∪", "∩", "∖" })[@intFromEnum(op)];
    }
};

inline fn wordOf(bit: usize) usize {
    return bit / word_bits;
}

inline fn maskOf(bit: usize) Word {
    return @as(Word, 1) << @as(Shift, @intCast(bit % word_bits));
}

pub const BitSet = struct {
    words: []Word = &.{},
    allocator: Allocator,

    pub const Error = Allocator.Error || error{TooLarge};

    pub const Iterator = struct {
        words: []const Word,
        index: usize = 0,
        rest: Word = 0,

        pub fn next(self: *Iterator) ?usize {
            while (self.rest == 0) {
                if (self.index == self.words.len) return null;
                self.rest = self.words[self.index];
                self.index += 1;
            }
            const bit = @ctz(self.rest);
            self.rest &= self.rest - 1;
            return (self.index - 1) * word_bits + bit;
        }
    };

    pub fn init(allocator: Allocator) BitSet {
        return .{ .allocator = allocator };
    }

    pub fn deinit(self: *BitSet) void {
        self.allocator.free(self.words);
        self.* = undefined;
    }

    pub fn contains(self: BitSet, bit: usize) bool {
        return wordOf(bit) < self.words.len and self.words[wordOf(bit)] & maskOf(bit) != 0;
    }

    pub fn set(self: *BitSet, bit: usize) Error!void {
        if (bit > std.math.maxInt(u32)) return error.TooLarge;
        try self.grow(wordOf(bit) + 1);
        self.words[wordOf(bit)] |= maskOf(bit);
    }

    fn grow(self: *BitSet, len: usize) Error!void {
        if (len <= self.words.len) return;
        const old = self.words.len;
        self.words = try self.allocator.realloc(self.words, len);
        @memset(self.words[old..], 0);
    }

    pub fn iterator(self: *const BitSet) Iterator {
        return .{ .words = self.words };
    }

    /// Combines `other` into `self`; returns how many bits have changed.
    pub fn combine(self: *BitSet, op: Op, other: *const BitSet) Error!usize {
        var changed: usize = 0;
        const len = switch (op) {
            .@"union" => @max(self.words.len, other.words.len),
            .intersection, .difference => self.words.len,
        };
        try self.grow(len);

        for (self.words, 0..) |*word, i| {
            const theirs: Word = if (i < other.words.len) other.words[i] else blk: {
                // Past the end of the other set everything is zero.
                if (op != .intersection) break;
                break :blk 0;
            };
            const before = word.*;
            word.* = op.apply(before, theirs);
            changed += @popCount(before ^ word.*);
        }

        if (builtin.mode == .Debug) {
            var it = self.iterator();
            while (it.next()) |bit| {
                if (op == .difference) {
                    assert(!other.contains(bit));
                } else if (op == .intersection and !other.contains(bit)) {
                    std.debug.panic("bit {d} survived {s}", .{ bit, op.symbol() });
                }
            }
        }
        return changed;
    }
};
