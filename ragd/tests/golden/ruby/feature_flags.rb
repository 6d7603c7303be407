# frozen_string_literal: true

require "digest"
require "minitest/autorun"
require "yaml"

class FeatureFlags
  class UnknownFlag < KeyError
    def initialize(name)
      super("no such flag: #{name}")
    end
  end

  # What is known about whoever asks.
  User = Data.define(:id, :groups, :country) do
    def member_of?(group) = groups.include?(group)
  end

  module Rule
    Always = ->(_user, _flag) { true }
    Never = ->(_user, _flag) { false }

    def self.percentage(limit)
      lambda do |user, flag|
        Digest::MD5.hexdigest("#{flag}/#{user.id}")[0, 4].hex % 100 < limit
      end
    end
  end

  @@instances = 0

  attr_writer :logger
  alias_method :log_to, :logger=

  def self.load(path)
    new(YAML.safe_load_file(path))
  end

  def initialize(config = {})
    @@instances += 1
    @rules = config.to_h { |name, spec| [name.to_sym, compile(spec)] }
  end

  def enabled?(name, user)
    rule = @rules.fetch(name) { raise UnknownFlag, name }
    rule.call(user, name)
  end

  def disabled?(...) = !enabled?(...)

  def names = @rules.keys.sort

  def size = @rules.size

  def method_missing(name, *args)
    flag = name.to_s.delete_suffix("?").to_sym
    return enabled?(flag, *args) if name.end_with?("?") && @rules.key?(flag)

    super
  end

  def respond_to_missing?(name, include_private = false)
    @rules.key?(name.to_s.delete_suffix("?").to_sym) || super
  end

  protected

  attr_reader :rules

  private

  # Turns the YAML form of a rule into something callable.
  def compile(spec)
    case spec
    when true, "on" then Rule::Always
    when false, nil, "off" then Rule::Never
    when Integer
      raise ArgumentError, "not a percentage: {#{spec}}" unless (0..100).cover?(spec)

      Rule.percentage(spec)
    when /\A(\d+)\s*%\z/
      Rule.percentage(Regexp.last_match(1).to_i)
    when Array
      # A list means: every part has to agree.
      parts = spec.map { |part| compile(part) }
      ->(user, flag) { parts.all? { |part| part.call(user, flag) } }
    when Hash
      checks = []
      spec.each do |key, wanted|
        next if wanted.nil?

        begin
          checks << key.to_sym
        rescue NoMethodError
          warn "ignoring key #{key.inspect} — not a name"
        end
      end
      lambda do |user, _flag|
        checks.all? do |key|
          wanted = spec[key.to_s]
          if key == :group
            user.member_of?(wanted)
          elsif user.respond_to?(key)
            Array(wanted).include?(user.public_send(key))
          else
            false
          end
        end
      end
    else
      raise ArgumentError, "cannot use #{spec.class} as a rule"
    end
  end
end

class FeatureFlagsTest < Minitest::Test
  def setup
    @flags = FeatureFlags.new("new_menu" => { "country" => %w[SE NO] }, "beta" => "off")
    @user = FeatureFlags::User.new(id: 7, groups: ["Bjørn & co"], country: "SE")
  end

  def test_country_rule = assert(@flags.enabled?(:new_menu, @user))

  def test_unknown_flag
    assert_raises(FeatureFlags::UnknownFlag) { @flags.enabled?(:nope, @user) }
  end
end
