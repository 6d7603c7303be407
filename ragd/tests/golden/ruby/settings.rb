# frozen_string_literal: true

require "yaml"

# What people may set, and what it is otherwise.
class Settings
  DEFAULTS = { limit: 10 }.freeze

  # A name and its value.
  Pair = Struct.new(:name, :value) do
    def to_s
      "#{name}=#{value}"
    end
  end

  class << self
    def load(path)
      new(YAML.safe_load_file(path))
    end

    private def checked(values)
      values.transform_keys(&:to_sym)
    end
  end

  attr_reader :values

  def initialize(values = {})
    @values = DEFAULTS.merge(values)
  end

  define_method(:limit) do
    values.fetch(:limit)
  end

  define_method("limit=") { |limit| values[:limit] = limit }

  if RUBY_VERSION >= "3.2"
    def to_data
      Data.define(*values.keys).new(**values)
    end
  else
    def to_data
      raise NotImplementedError
    end
  end

  private def secret?(name)
    name.end_with?("_key")
  end
end
