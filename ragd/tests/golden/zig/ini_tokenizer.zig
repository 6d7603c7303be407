const std = @import("std");
const ascii = std.ascii;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

/// A piece of the input, without any copying.
pub const Token = union(enum) {
    section: []const u8,
    key: []const u8,
    value: []const u8,
    comment: []const u8,
    newline,
    eof,

    pub fn text(self: Token) ?[]const u8 {
        return switch (self) {
            .section, .key, .value, .comment => |slice| slice,
            .newline, .eof => null,
        };
    }
};

pub const Location = packed struct {
    line: u32 = 1,
    column: u32 = 1,
};

pub const Error = error{ UnclosedSection, MissingEquals, UnexpectedByte };

const Mode = enum { line_start, after_key };

fn isSpace(c: u8) bool {
    return c == ' ' or c == '\t';
}

fn isNameByte(c: u8) bool {
    // Bytes above 0x7f belong to UTF-8 sequences, as in "größe".
    return ascii.isAlphanumeric(c) or c == '_' or c == '-' or c >= 0x80;
}

pub const Tokenizer = struct {
    source: []const u8,
    index: usize = 0,
    mode: Mode = .line_start,
    location: Location = .{},

    pub fn init(source: []const u8) Tokenizer {
        return .{ .source = source };
    }

    fn peek(self: *const Tokenizer) ?u8 {
        return if (self.index < self.source.len) self.source[self.index] else null;
    }

    fn advance(self: *Tokenizer) void {
        self.index += 1;
        self.location.column += 1;
    }

    fn takeUntil(self: *Tokenizer, stop: u8) []const u8 {
        const start = self.index;
        while (self.peek()) |c| : (self.advance()) {
            if (c == stop or c == '\n') break;
        }
        return self.source[start..self.index];
    }

    /// Returns the next token; after `.eof` it keeps returning `.eof`.
    pub fn next(self: *Tokenizer) Error!Token {
        while (self.peek()) |c| {
            if (isSpace(c)) {
                self.advance();
                continue;
            }

            switch (c) {
                '\n' => {
                    self.advance();
                    self.location = .{ .line = self.location.line + 1 };
                    self.mode = .line_start;
                    return .newline;
                },
                ';', '#' => {
                    self.advance();
                    return .{ .comment = self.takeUntil('\n') };
                },
                '[' => if (self.mode == .line_start) {
                    self.advance();
                    const name = self.takeUntil(']');
                    if (self.peek() != ']') return error.UnclosedSection;
                    self.advance();
                    return .{ .section = name };
                },
                else => {},
            }

            if (self.mode == .after_key) {
                const raw = self.takeUntil('\n');
                return .{ .value = std.mem.trimRight(u8, raw, " \t\r") };
            }
            if (!isNameByte(c)) return error.UnexpectedByte;

            const key = std.mem.trimRight(u8, self.takeUntil('='), " \t");
            if (self.peek() != '=') return error.MissingEquals;
            self.advance(); // the equals sign itself
            self.mode = .after_key;
            return .{ .key = key };
        }
        return .eof;
    }
};

test "section, key and value" {
    var tokenizer = Tokenizer.init(
        \\[paths]
        \\cache = {home}/cache
    );
    try std.testing.expectEqualStrings("paths", (try tokenizer.next()).section);
    try expectEqual(Token.newline, try tokenizer.next());
    try std.testing.expectEqualStrings("cache", (try tokenizer.next()).key);
    try std.testing.expectEqualStrings("{home}/cache", (try tokenizer.next()).text().?);
}

test "unclosed section" {
    var tokenizer = Tokenizer.init("[oops");
    try expectError(error.UnclosedSection, tokenizer.next());
}
