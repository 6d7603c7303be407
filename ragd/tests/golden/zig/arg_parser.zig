//! Command line parser driven by the fields of a struct.
//!
//! A field `verbose: bool = false` becomes `--verbose`, a field
//! `jobs: u16 = 1` becomes `--jobs=N`.

const std = @import("std");
const mem = std.mem;
const testing = std.testing;

pub const ParseError = error{
    UnknownOption,
    MissingValue,
    InvalidValue,
    TooManyPositionals,
};

/// What went wrong and where.
pub const Diagnostic = struct {
    arg: []const u8 = "",
    index: usize = 0,

    pub fn format(self: Diagnostic, writer: anytype) !void {
        try writer.print("argument {d} ({s})", .{ self.index, self.arg });
    }
};

const max_positionals = 8;

pub const usage =
    \\usage: pack [options] FILE...
    \\  --level=N    compression level {0..9}
    \\  --verbose    say more – much more
    \\
;

fn isOption(arg: []const u8) bool {
    return mem.startsWith(u8, arg, "--");
}

fn isSeparator(arg: []const u8) bool {
    return mem.eql(u8, arg, "--");
}

fn nameOf(arg: []const u8) []const u8 {
    const end = mem.indexOfScalar(u8, arg, '=') orelse arg.len;
    return arg[2..end];
}

fn valueOf(arg: []const u8) ?[]const u8 {
    const at = mem.indexOfScalar(u8, arg, '=') orelse return null;
    return arg[at + 1 ..];
}

/// Result type of `Parser(T).parse`.
pub fn Parsed(comptime T: type) type {
    return struct {
        options: T = .{},
        positionals: [max_positionals][]const u8 = undefined,
        count: usize = 0,

        const Self = @This();

        pub fn files(self: *const Self) []const []const u8 {
            return self.positionals[0..self.count];
        }
    };
}

fn convert(comptime T: type, text: []const u8) ParseError!T {
    return switch (@typeInfo(T)) {
        .int => std.fmt.parseInt(T, text, 10) catch error.InvalidValue,
        .float => std.fmt.parseFloat(T, text) catch error.InvalidValue,
        .@"enum" => std.meta.stringToEnum(T, text) orelse error.InvalidValue,
        .pointer => text,
        else => @compileError("unsupported option type: " ++ @typeName(T)),
    };
}

/// Parses `args` into a `Parsed(T)`.
pub fn parse(comptime T: type, args: []const []const u8, diag: ?*Diagnostic) ParseError!Parsed(T) {
    var result: Parsed(T) = .{};
    var only_positionals = false;

    outer: for (args, 0..) |arg, index| {
        errdefer if (diag) |d| {
            d.* = .{ .arg = arg, .index = index };
        };

        if (!only_positionals and isSeparator(arg)) {
            only_positionals = true;
            continue;
        }
        if (only_positionals or !isOption(arg)) {
            if (result.count == max_positionals) return error.TooManyPositionals;
            result.positionals[result.count] = arg;
            result.count += 1;
            continue;
        }

        const name = nameOf(arg);
        inline for (std.meta.fields(T)) |field| {
            if (mem.eql(u8, field.name, name)) {
                // Flags take no value; everything else needs one.
                if (field.type == bool) {
                    @field(result.options, field.name) = true;
                } else {
                    const text = valueOf(arg) orelse return error.MissingValue;
                    @field(result.options, field.name) = try convert(field.type, text);
                }
                continue :outer;
            }
        }
        return error.UnknownOption;
    }
    return result;
}

test "flags and values" {
    const Options = struct { verbose: bool = false, level: u8 = 6 };
    const parsed = try parse(Options, &.{ "--verbose", "--level=9", "a.txt" }, null);
    try testing.expect(parsed.options.verbose);
    try testing.expectEqual(@as(u8, 9), parsed.options.level);
}
