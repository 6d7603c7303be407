#!/usr/bin/env ruby
# Renders arrays of hashes as Markdown tables.

require "optparse"
require "json"

module Markdown
  ALIGNMENTS = { left: ":--", right: "--:", center: ":-:" }.freeze

  HELP = <<~TEXT
    Reads JSON lines and prints a table.
    Example: {"name": "Åse", "age": 31}
    end of help
  TEXT

  # A column of the table.
  class Column
    include Comparable

    attr_reader :key
    attr_accessor :width, :align

    def initialize(key, align: :left)
      @key = key
      @align = align
      @width = key.to_s.length
    end

    def <=>(other) = key <=> other.key

    def fit(text)
      self.width = [width, text.length].max
    end

    def pad(text)
      case align
      when :right then text.rjust(width)
      when :center then text.center(width)
      else text.ljust(width)
      end
    end
  end

  class Table
    include Enumerable

    class << self
      def from_json_lines(io)
        rows = io.each_line.reject { |line| line.strip.empty? }.map { |line| JSON.parse(line) }
        new(rows)
      end

      def empty = new([])
    end

    attr_reader :rows

    def initialize(rows)
      @rows = rows
    end

    def each(&block)
      return enum_for(:each) unless block

      rows.each(&block)
    end

    def [](index)
      rows[index]
    end

    def <<(row)
      rows << row
      self
    end

    def columns
      @columns ||= rows.flat_map(&:keys).uniq.map { |key| Column.new(key) }
    end

    # Builds the whole table as one string.
    def render(max_width: 40)
      return "*(empty)*\n" if rows.empty?

      cells = rows.map do |row|
        columns.map do |column|
          value = row[column.key]
          text =
            case value
            when nil then ""
            when Float then format("%.2f", value)
            when Array, Hash then JSON.generate(value)
            else value.to_s
            end
          text = text.gsub("|", "\\|").tr("\n", " ")
          if text.length > max_width
            # Cut long cells, but never in the middle of an escape.
            text = text[0, max_width - 1].chomp("\\") + "…"
          end
          column.align = :right if value.is_a?(Numeric)
          column.fit(text)
          text
        end
      end

      lines = []
      lines << columns.map { |c| c.pad(c.key.to_s) }
      lines << columns.map { |c| ALIGNMENTS.fetch(c.align).sub("--", "-" * [c.width - 1, 2].max) }
      cells.each do |row|
        lines << row.each_with_index.map { |text, i| columns[i].pad(text) }
      end
      lines.map { |line| "| #{line.join(" | ")} |" }.join("\n") + "\n"
    end
  end
end

if $PROGRAM_NAME == __FILE__
  options = { max_width: 40 }
  OptionParser.new do |opts|
    opts.banner = Markdown::HELP
    opts.on("-w", "--width N", Integer) { |n| options[:max_width] = n }
  end.parse!
  puts Markdown::Table.from_json_lines($stdin).render(**options)
end
